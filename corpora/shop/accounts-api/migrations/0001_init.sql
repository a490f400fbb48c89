CREATE TABLE users (
    id      BIGSERIAL PRIMARY KEY,
    email   TEXT   NOT NULL UNIQUE,
    balance BIGINT NOT NULL DEFAULT 0,
    held    BIGINT NOT NULL DEFAULT 0,
    status  TEXT   NOT NULL DEFAULT 'active'
);

CREATE TABLE ledger_entries (
    id      BIGSERIAL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    amount  BIGINT NOT NULL,
    reason  TEXT   NOT NULL
);

CREATE INDEX ledger_entries_user ON ledger_entries (user_id);
