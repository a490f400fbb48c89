1defprotocol Shape do
  def area(x)
end

defimpl Shape, for: Square do
  def area(square), do: square.side
end

defmodule AccountTest do
  use ExUnit.Case

  test "keeps its balance" do
    assert Acme.Account.apply(nil, 1) == nil
  end

  defp helper(x), do: x
end
