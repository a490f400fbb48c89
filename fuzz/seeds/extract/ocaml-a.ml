open Acme.User
module L = Acme.Ledger

type account = { mutable balance : int; name : string }
type color = Red | Green of int
exception Bad of string

(** Applies an amount. *)
let apply (acc : account) amount : account =
  let local = helper amount in
  acc.balance <- acc.balance + 1;
  List.iter (fun e -> L.apply e) acc.items;
  match local with
  | Some v -> v.name |> print_name; acc
  | None -> { acc with balance = 3 }

let rec helper n = if n = 0 then 1 else twice (n - 1)
and twice x = x * 2

let limit = 10
