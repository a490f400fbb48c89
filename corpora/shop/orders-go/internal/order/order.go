// Package order holds what the shop sells and in which state it is.
package order

import (
	"errors"
	"time"
)

// Status is the state of an order.
type Status string

const (
	Open      Status = "open"
	Settled   Status = "settled"
	Cancelled Status = "cancelled"
	Refunded  Status = "refunded"
)

// ErrState is returned for a step the order's state does not allow.
var ErrState = errors.New("order: wrong state")

// Audit is embedded by everything that is stored.
type Audit struct {
	UpdatedAt time.Time `json:"updatedAt"`
}

// Touch notes that the record has changed.
func (a *Audit) Touch() {
	a.UpdatedAt = time.Now()
}

// Line is one article of an order.
type Line struct {
	SKU       string `json:"sku"`
	Quantity  int64  `json:"quantity"`
	UnitCents int64  `json:"unitCents"`
}

// Order is what a user has bought.
type Order struct {
	Audit
	ID         int64  `json:"id"`
	UserID     int64  `json:"userId"`
	Status     Status `json:"status"`
	TotalCents int64  `json:"totalCents"`
	Lines      []Line `json:"lines"`
}

// New makes an open order.
func New(userID int64, lines ...Line) *Order {
	o := &Order{UserID: userID, Status: Open}
	for _, line := range lines {
		o.Add(line)
	}
	return o
}

// Add appends a line.
func (o *Order) Add(line Line) {
	o.Lines = append(o.Lines, line)
	o.TotalCents += line.Quantity * line.UnitCents
	o.Touch()
}

// MarkSettled marks an open order as paid for.
func (o *Order) MarkSettled() error {
	return o.transition(Open, Settled)
}

// Cancel ends an order nobody has paid for.
func (o *Order) Cancel() error {
	return o.transition(Open, Cancelled)
}

// MarkRefunded marks a settled order as paid back.
func (o *Order) MarkRefunded() error {
	return o.transition(Settled, Refunded)
}

func (o *Order) transition(from, to Status) error {
	if o.Status != from {
		return ErrState
	}
	o.Status = to
	o.Touch()
	return nil
}
