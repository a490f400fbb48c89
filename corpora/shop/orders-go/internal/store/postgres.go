package store

import (
	"context"
	"database/sql"
	"errors"

	"example.com/shop/orders-go/internal/order"
)

const selectOrder = `SELECT id, user_id, status, total_cents, updated_at FROM orders`

// Postgres is the store used in production.
type Postgres struct {
	db *sql.DB
}

// NewPostgres uses an open database.
func NewPostgres(db *sql.DB) *Postgres {
	return &Postgres{db: db}
}

// Get reads one order.
func (p *Postgres) Get(ctx context.Context, id int64) (*order.Order, error) {
	row := p.db.QueryRowContext(ctx, selectOrder+` WHERE id = $1`, id)
	o := new(order.Order)
	err := row.Scan(&o.ID, &o.UserID, &o.Status, &o.TotalCents, &o.UpdatedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return o, err
}

// List reads the orders of one user.
func (p *Postgres) List(ctx context.Context, userID int64) ([]*order.Order, error) {
	rows, err := p.db.QueryContext(ctx, selectOrder+` WHERE user_id = $1 ORDER BY id`, userID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []*order.Order
	for rows.Next() {
		o := new(order.Order)
		if err := rows.Scan(&o.ID, &o.UserID, &o.Status, &o.TotalCents, &o.UpdatedAt); err != nil {
			return nil, err
		}
		found = append(found, o)
	}
	return found, rows.Err()
}

// Save inserts a new order and gives it its number.
func (p *Postgres) Save(ctx context.Context, o *order.Order) error {
	row := p.db.QueryRowContext(ctx,
		`INSERT INTO orders (user_id, status, total_cents, updated_at) VALUES ($1, $2, $3, $4) RETURNING id`,
		o.UserID, o.Status, o.TotalCents, o.UpdatedAt)
	return row.Scan(&o.ID)
}

// UpdateStatus stores a step that has been taken.
func (p *Postgres) UpdateStatus(ctx context.Context, id int64, status order.Status) error {
	return p.exec(ctx, `UPDATE orders SET status = $1, updated_at = now() WHERE id = $2`, status, id)
}

// ChargeUser takes money from what the user holds.
func (p *Postgres) ChargeUser(ctx context.Context, userID, cents int64) error {
	return p.exec(ctx, `UPDATE users SET balance = balance - $1 WHERE id = $2`, cents, userID)
}

func (p *Postgres) exec(ctx context.Context, query string, args ...any) error {
	result, err := p.db.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return ErrNotFound
	}
	return nil
}
