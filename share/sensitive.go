package share

import (
	"path"
	"slices"
	"strings"

	"starling/share/words"
)

// sensitive says why a file should not go to strangers, judged by its name
// alone; empty when nothing speaks against it. Files it flags are left out of
// what is shared: an owner who means one of them gives it another name.
//
// The list follows what people have shared by accident: keys, password stores,
// wallets, browser profiles, mail, tax and bank papers.
func sensitive(name string) string {
	name = strings.ToLower(name)
	if why := sensitiveNames[name]; why != "" {
		return why
	}
	if why := sensitiveExts[strings.TrimPrefix(path.Ext(name), ".")]; why != "" {
		return why
	}
	for _, p := range sensitivePatterns {
		if ok, _ := path.Match(p.pattern, name); ok {
			return p.why
		}
	}
	return sensitiveWords(name)
}

const (
	whyKey     = "a private key or its store"
	whySecret  = "passwords or access tokens"
	whyWallet  = "a wallet"
	whyMail    = "mail"
	whyBrowser = "a browser's profile"
	whyPrivate = "personal papers"
	whyAccount = "system accounts"
)

var sensitiveNames = listed(map[string]string{
	whyKey: `id_rsa id_dsa id_ecdsa id_ecdsa_sk id_ed25519 id_ed25519_sk id_xmss identity master.key secring.gpg secring.pgp
		pubring.kbx trustdb.gpg private-keys-v1.d swarm.key server.key authorized_keys known_hosts ssh_host_rsa_key`,
	whySecret: `netrc _netrc pgpass htpasswd htdigest credentials credentials.json credentials.csv credentials.xml secrets.json secrets.yml
		secrets.yaml secrets.toml secret.key secrets.env env.local env.production terraform.tfstate terraform.tfstate.backup kubeconfig
		accesskeys.csv rootkey.csv passwords.csv passwords.txt logins.json signons.sqlite key3.db key4.db cert8.db cert9.db
		wp-config.php filezilla.xml sitemanager.xml recentservers.xml winscp.ini unattend.xml sysprep.inf
		wpa_supplicant.conf vault_pass.txt passwd.txt`,
	whyWallet:  `wallet.dat wallet.json default_wallet electrum.dat mnemonic.txt seed.txt seedphrase.txt`,
	whyBrowser: `cookies cookies.sqlite cookies.txt places.sqlite formhistory.sqlite sessionstore.jsonlz4 history.db`,
	whyMail:    `inbox sent mbox`,
	whyAccount: `shadow shadow- gshadow passwd sam ntuser.dat ntds.dit`,
})

var sensitiveExts = listed(map[string]string{
	whyKey:    `pem key p12 pfx p8 ppk jks keystore bks pkcs12 asc-private keytab ovpn mobileprovision`,
	whySecret: `kdbx kdb psafe3 pwsafe agilekeychain opvault 1pif 1pux keychain keychain-db env tfvars rdp`,
	whyWallet: `wallet`,
	whyMail:   `pst ost mbox eml emlx dbx msf nsf`,
})

var sensitivePatterns = []struct{ pattern, why string }{
	{"id_*.bak", whyKey}, {"*_rsa", whyKey}, {"*_ed25519", whyKey}, {"*private*.asc", whyKey}, {"*secret*.asc", whyKey},
	{"client_secret*.json", whySecret}, {"service*account*.json", whySecret}, {"*-credentials.json", whySecret}, {"env.*", whySecret},
	{"bitwarden*.json", whySecret}, {"bitwarden*.csv", whySecret}, {"lastpass*.csv", whySecret}, {"1password*.csv", whySecret},
	{"utc--*", whyWallet}, {"wallet*.bak", whyWallet}, {"login data*", whyBrowser}, {"web data*", whyBrowser},
}

// sensitiveWords looks for what papers are called. Only papers and scans are
// judged by it: a song may be called Password.
func sensitiveWords(name string) string {
	switch words.TypeOf(name) {
	case words.Any, words.Document, words.Image:
	default:
		return ""
	}
	text := " " + strings.Join(words.Words(name), " ") + " "
	for _, p := range sensitivePhrases {
		if strings.Contains(text, " "+p.words+" ") {
			return p.why
		}
	}
	return ""
}

var sensitivePhrases = []struct{ words, why string }{
	{"password", whySecret}, {"passwords", whySecret}, {"passwort", whySecret}, {"passworter", whySecret}, {"kennworter", whySecret},
	{"contrasena", whySecret}, {"contrasenas", whySecret}, {"mot de passe", whySecret}, {"mots de passe", whySecret},
	{"seed phrase", whyWallet}, {"recovery phrase", whyWallet}, {"recovery key", whySecret}, {"recovery code", whySecret},
	{"recovery codes", whySecret}, {"backup codes", whySecret}, {"private key", whyKey},
	{"tax return", whyPrivate}, {"bank statement", whyPrivate}, {"social security", whyPrivate}, {"passport", whyPrivate},
	{"steuererklarung", whyPrivate}, {"kontoauszug", whyPrivate}, {"drivers license", whyPrivate}, {"payslip", whyPrivate},
}

func listed(lists map[string]string) map[string]string {
	table := make(map[string]string)
	for why, names := range lists {
		for _, name := range strings.Fields(names) {
			table[name] = why
		}
	}
	return table
}

// unfinished says that a name belongs to a download that is still going on.
func unfinished(name string) bool {
	return slices.Contains([]string{".part", ".partial", ".crdownload", ".download", ".!qb", ".aria2"}, strings.ToLower(path.Ext(name)))
}
