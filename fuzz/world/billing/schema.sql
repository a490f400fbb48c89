CREATE TABLE users (
  id bigint PRIMARY KEY,
  balance bigint NOT NULL
);
CREATE TABLE wallets (balance bigint);
