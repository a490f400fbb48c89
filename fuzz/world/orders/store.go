package orders

import (
	"context"
	"database/sql"
	"net/http"
)

// Store keeps orders.
type Store interface {
	Charge(ctx context.Context, user int) error
}

// Postgres is a Store.
type Postgres struct{ db *sql.DB }

// Charge takes one from a user.
func (p *Postgres) Charge(ctx context.Context, user int) error {
	_, err := p.db.ExecContext(ctx, "UPDATE users SET balance = balance - 1 WHERE id = $1", user)
	return err
}

// Memory is a Store for tests.
type Memory struct{ charged []int }

// Charge remembers a user.
func (m *Memory) Charge(ctx context.Context, user int) error {
	m.charged = append(m.charged, user)
	return nil
}

// Settle charges everybody.
func Settle(ctx context.Context, store Store, users []int) error {
	for _, user := range users {
		if err := store.Charge(ctx, user); err != nil {
			return err
		}
	}
	return refund(1)
}

func refund(user int) error {
	_, err := http.Post("http://billing/api/accounts/1/credit", "application/json", nil)
	return err
}
