module Acme

using LinearAlgebra
import Base: show
using .Ledgers: find
include("util.jl")

const MAX = 10

"An account."
mutable struct Account <: Shape
    balance::Int
    name::String
end

"""
Applies an amount.
"""
function apply(acc::Account, amount::Int=3; key="x")::Account
    found = helper(amount)
    acc.balance -= amount
    acc.items[1] = 3
    push!(acc.entries, found)
    for entry in acc.entries
        process(entry)
    end
    map(x -> x.name, acc.entries)
    @info "applied $(acc.name)"
    return acc
end

helper(x) = x * 2
twice = x -> helper(x)

Base.show(io::IO, a::Account) = print(io, a.name)

end
