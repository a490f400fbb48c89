CREATE TABLE wallets (
    id      BIGSERIAL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    label   TEXT   NOT NULL,
    balance BIGINT NOT NULL DEFAULT 0
);
