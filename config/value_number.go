package config

import (
	"fmt"
	"strconv"
)

type integer interface {
	~int | ~int64 | ~uint8 | ~uint32
}

// number is a whole number within bounds.
type number[T integer] struct {
	field    *T
	min, max int64
}

func (n number[T]) set(raw any, _ string) error {
	i, err := strconv.ParseInt(fmt.Sprint(raw), 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not a whole number", fmt.Sprint(raw))
	}
	if i < n.min || i > n.max {
		return fmt.Errorf("%d is not within %d and %d", i, n.min, n.max)
	}
	*n.field = T(i)
	return nil
}
func (n number[T]) text() string { return strconv.FormatInt(int64(*n.field), 10) }
func (n number[T]) toml() string { return n.text() }

// size is a number of bytes within bounds, with units.
type size[T integer] struct {
	field    *T
	min, max int64
}

func (s size[T]) set(raw any, _ string) error {
	n, err := ParseSize(fmt.Sprint(raw))
	if err != nil {
		return fmt.Errorf("%q is %w", fmt.Sprint(raw), err)
	}
	if n < s.min || n > s.max {
		return fmt.Errorf("%s is not within %s and %s", FormatSize(n), FormatSize(s.min), FormatSize(s.max))
	}
	*s.field = T(n)
	return nil
}
func (s size[T]) text() string { return FormatSize(int64(*s.field)) }
func (s size[T]) toml() string {
	if _, err := strconv.ParseInt(s.text(), 10, 64); err == nil {
		return s.text()
	}
	return Quote(s.text())
}

// named is a number that people write as a word.
type named[T integer] struct {
	field *T
	names []string // of 0, 1, 2…
}

func (n named[T]) set(raw any, dir string) error {
	var s string
	if err := (oneOf{word{&s}, n.names}).set(raw, dir); err != nil {
		return err
	}
	for i, name := range n.names {
		if name == s {
			*n.field = T(i)
		}
	}
	return nil
}

func (n named[T]) text() string {
	if i := int(*n.field); i < len(n.names) {
		return n.names[i]
	}
	return strconv.Itoa(int(*n.field))
}
func (n named[T]) toml() string { return Quote(n.text()) }
