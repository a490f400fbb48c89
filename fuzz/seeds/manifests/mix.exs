defmodule A.MixProject do
  def project, do: [app: :a, version: "1.0", deps: deps()]
  defp deps, do: [{:b, "~> 1.0"}, {:c, git: "x"}]
end
