CREATE TABLE orders (
    id          BIGSERIAL PRIMARY KEY,
    user_id     BIGINT NOT NULL,
    status      TEXT   NOT NULL DEFAULT 'open',
    total_cents BIGINT NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);
