	package main

import (
	"fmt"
	"sort"
	"sync/atomic"
)

func (s *Server) Run(ctx context.Context) error {
	conn, err := s.pool.Get(ctx)
	if err != nil {
		return fmt.Errorf("no connection: %w", err)
	}
	defer conn.Close()
	value, ok := s.cache[s.key]
	user, isUser := value.(*User)
	message, open := <-s.inbox
	go s.loop(func(event Event) {
		s.seen[event.ID] = true
		event.Handle()
	})
	handler := s.handle
	s.mux.Handle("/", http.HandlerFunc(s.handle))
	register(s.handle, fallback)
	s.count++
	s.total -= 2
	s.items = append(s.items, user)
	s.matrix[0][1] = 5
	delete(s.sessions, user.ID)
	atomic.AddInt64(&s.hits, 1)
	sort.Ints(s.order)
	s.state.Store(3)
	s.parent.name = message
	s.handlers[s.key](ctx)
	(*Server)(nil).reset()
	text := string(message)
	converted := Celsius(3)
	url := fmt.Sprintf("%s/users/%d", s.base, 7)
	full := "http://" + s.host + "/ping"
	result := Convert[User](user)
	part := s.items[1:]
	return s.start(url, full)(result)
}

type Celsius float64
