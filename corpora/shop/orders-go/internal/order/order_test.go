package order

import (
	"errors"
	"testing"
)

func TestNewSumsLines(t *testing.T) {
	o := New(3, Line{SKU: "mug", Quantity: 2, UnitCents: 900}, Line{SKU: "tea", Quantity: 1, UnitCents: 450})
	if o.TotalCents != 2250 {
		t.Errorf("total = %d, want 2250", o.TotalCents)
	}
}

func TestCancelTwice(t *testing.T) {
	o := New(3)
	if err := o.Cancel(); err != nil {
		t.Fatal(err)
	}
	if err := o.Cancel(); !errors.Is(err, ErrState) {
		t.Errorf("second cancel: %v, want ErrState", err)
	}
}
