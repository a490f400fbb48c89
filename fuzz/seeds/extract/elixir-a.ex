defmodule Acme.Account do
  @moduledoc "An account."
  use GenServer
  alias Acme.Models.User
  alias Acme.{Ledger, Entry}
  import Acme.Helpers
  require Logger

  @max 10

  defstruct [:balance, name: "x"]

  @doc "Applies an amount."
  def apply(%User{name: name} = user, amount) when amount > 0 do
    local = Ledger.find(user.id)
    helper(amount)
    user |> User.update(amount) |> notify()
    Enum.map([1], fn x -> twice(x) end)
    Enum.each([1], &twice/1)

    case local do
      {:ok, value} -> value.name
      _ -> Logger.info("none for #{name}")
    end

    %Entry{amount: 3}
    %{user | balance: amount}
  end

  def apply(_, _), do: nil

  defp twice(x), do: x * @max
end
