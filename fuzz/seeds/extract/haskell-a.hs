module Acme.Account (Account(..), apply) where

import Data.List (sortBy)
import qualified Data.Map as Map
import Acme.User
import Acme.Ledger hiding (find)

data Account = Account { balance :: Int, name :: String } | Closed Int

type Key = String

-- | Applies an amount.
apply :: Account -> Int -> IO Account
apply account amount = do
  let local = helper amount
  entry <- Map.lookup "k" entries
  putStrLn ("applied " ++ show local)
  return account { balance = balance account + amount }
  where
    inner y = twice y

helper :: Int -> Int
helper 0 = 1
helper n | n > 3 = twice n
         | otherwise = add 0 n

twice x = case x of
  1 -> add 1 2
  _ -> x `plus` 2
