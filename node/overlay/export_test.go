package overlay

import "time"

// For the tests of package overlay_test.
const (
	ContactsMax      = contactsMax
	HandshakeTimeout = handshakeTimeout
	ShunnedMax       = shunnedMax
)

// Contacts returns how many contacts a node keeps.
func (o *Overlay) Contacts() int { return o.contacts.count() }

// Handshakes returns the links, ready or not.
func (o *Overlay) Handshakes() int { return len(o.core.all()) }

// ForgiveAll lets time pass for those that were shunned.
func (o *Overlay) ForgiveAll() {
	o.shunned.mu.Lock()
	defer o.shunned.mu.Unlock()
	for p := range o.shunned.until {
		o.shunned.until[p] = time.Time{}
	}
}
