package share

import "strings"

// sensitiveFolder says why a folder should not go to strangers, judged by its
// name and the name of the folder it lies in; empty when nothing speaks against
// it. A folder it flags is left out with all that is in it.
func sensitiveFolder(parent, name string) string {
	name = plainName(name)
	if why := sensitiveFolders[name]; why != "" {
		return why
	}
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		if why := sensitiveFolderExts[name[dot+1:]]; why != "" {
			return why
		}
	}
	if pairedFolders[name] {
		return sensitivePairs[plainName(parent)+"/"+name]
	}
	return ""
}

func lines(text string) (names []string) {
	for name := range strings.SplitSeq(text, ",") {
		names = append(names, strings.TrimSpace(name))
	}
	return names
}

// sensitiveFolders have names that mean little else. What is also the name of a
// band, a bird or a book stands among the pairs.
var sensitiveFolders = listed(lines, map[string]string{
	whyMail: `thunderbird, icedove, betterbird, maildir, imapmail, outlook files, outlook express, windows live mail, claws-mail, sylpheed, kmail,
		the bat!, em client, postbox, opera mail, mail.local`,
	whyBrowser: `bravesoftware, google-chrome, google-chrome-beta, google-chrome-unstable, librewolf, waterfox, iceweasel, tor browser, tor-browser, torbrowser-data,
		chrome profile, firefox profile, firefox profiles, opera software`,
	whyWallet: `bitcoin, bitcoin core, litecoin, dogecoin, zcash, bitmonero, dashcore, electrum, electrum-data, electrum-ltc, keystore, walletwasabi, multibit,
		multibithd, ledger live, trezor suite, metamask, exodus.wallet, wallets, crypto wallets, monero wallets`,
	whyKey: `private-keys-v1.d, private keys, private-keys, private_keys, privatekeys, ssh keys, ssh-keys, ssh_keys, sshkeys, gpg keys, pgp keys, keychains,
		easy-rsa, letsencrypt, openvpn keys`,
	whySecret: `password-store, password store, passwords, passwort, passwörter, credentials, keepass, keepassxc, 1password, lastpass, bitwarden, dashlane, enpass,
		roboform, gcloud, login data, kwalletd`,
	whyPrivate: `tax returns, tax_returns, taxes, bank statements, bank_statements, steuererklärung, steuererklärungen, steuern, kontoauszüge, medical records,
		payslips, gehaltsabrechnungen`,
	whyChat:     `tdata, whatsapp chats, whatsapp backup`,
	whySettings: `appdata, application data, local settings`,
	whyBackup:   `mobilesync, windowsimagebackup, backups.backupdb, itunes backup`,
})

var sensitiveFolderExts = listed(strings.Fields, map[string]string{
	whyBackup: `backupdb sparsebundle`,
	whySecret: `agilekeychain opvault 1password keychain`,
	whyWallet: `wallet`,
	whyMail:   `mbox olk15 imapmbox`,
	whyKey:    `gnupg`,
})

// sensitivePairs are folders that a folder of a certain name holds.
var sensitivePairs = listed(lines, map[string]string{
	whyBrowser: `firefox/profiles, mozilla/firefox, mozilla/seamonkey, google/chrome, chrome/user data, chromium/user data, edge/user data, microsoft/edge,
		brave-browser/user data, vivaldi/user data, yandexbrowser/user data, chromium/default, chrome/default, library/safari, library/cookies,
		common/chromium, moonchild productions/pale moon, torbrowser/data`,
	whyMail:   `library/mail, mail/v2, mail/v9, mail/v10, evolution/mail, share/evolution, microsoft/outlook, profiles/mail, mail/local folders, foxmail/storage`,
	whyWallet: `ethereum/geth, ethereum/keystore, geth/keystore, roaming/exodus, application support/exodus, monero/wallets, armory/databases, roaming/atomic`,
	whySettings: `library/application support, library/preferences, library/containers, library/group containers, library/accounts, library/caches,
		library/calendars, library/httpstorages, library/identityservices, library/sync services`,
	whyKey:    `library/keychains, share/keyrings, gnupg/private-keys-v1.d, openvpn/keys`,
	whySecret: `share/kwalletd, microsoft/credentials, microsoft/protect, microsoft/vault`,
	whyChat:   `library/messages, whatsapp/databases, whatsapp/backups, signal/backups, roaming/signal, roaming/skype`,
	whyBackup: `mobilesync/backup`,
})

// pairedFolders spares most folders a look at their parent.
var pairedFolders = func() map[string]bool {
	names := make(map[string]bool)
	for pair := range sensitivePairs {
		_, name, _ := strings.Cut(pair, "/")
		names[name] = true
	}
	return names
}()

// A mark is names that tell by being together what a folder is, whatever it is
// called.
var tellingNames = []struct {
	names []string
	why   string
}{
	{[]string{"cur", "new", "tmp"}, whyMail},
	{[]string{".gpg-id"}, whySecret},
	{[]string{"private-keys-v1.d"}, whyKey},
	{[]string{"places.sqlite", "key4.db"}, whyBrowser},
	{[]string{"places.sqlite", "cookies.sqlite"}, whyBrowser},
	{[]string{"Login Data", "Web Data"}, whyBrowser},
	{[]string{"wallet.dat", "blocks"}, whyWallet},
	{[]string{"geth", "keystore"}, whyWallet},
	{[]string{".ssh"}, whyHome},
	{[]string{".gnupg"}, whyHome},
	{[]string{".bash_history"}, whyHome},
	{[]string{".zsh_history"}, whyHome},
	{[]string{".mozilla"}, whyHome},
	{[]string{"NTUSER.DAT"}, whyHome},
}

// tellingMark says what a folder is by what it holds; empty when nothing tells.
func tellingMark(has func(name string) bool) string {
	for _, m := range tellingNames {
		if hasAll(has, m.names) {
			return m.why
		}
	}
	return ""
}

func hasAll(has func(name string) bool, names []string) bool {
	for _, name := range names {
		if !has(name) {
			return false
		}
	}
	return true
}
