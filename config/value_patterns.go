package config

import "starling/share"

// patterns are lines of the syntax of gitignore. An empty list is one: no
// patterns, where nil would be the default.
type patterns struct{ list }

func (p patterns) set(raw any, dir string) error {
	var given []string
	if err := (list{&given}).set(raw, dir); err != nil {
		return err
	}
	if given == nil {
		given = []string{}
	}
	if err := share.CheckIgnore(given); err != nil {
		return err
	}
	*p.field = given
	return nil
}
