package share

import "strings"

const (
	whyKey      = "a private key or its store"
	whySecret   = "passwords or access tokens"
	whyWallet   = "a wallet"
	whyMail     = "mail"
	whyBrowser  = "a browser's profile"
	whyPrivate  = "personal papers"
	whyAccount  = "system accounts"
	whyChat     = "private messages"
	whyContacts = "an address book"
	whyHome     = "somebody's home folder"
	whySettings = "the settings of programs"
	whyBackup   = "a backup of a phone or a computer"
	whyMemory   = "a computer's memory"
)

var sensitiveNames = listed(strings.Fields, map[string]string{
	whyKey: `id_rsa id_dsa id_ecdsa id_ecdsa_sk id_ed25519 id_ed25519_sk id_xmss identity master.key secring.gpg secring.pgp
		pubring.kbx trustdb.gpg private-keys-v1.d swarm.key server.key authorized_keys known_hosts ssh_host_rsa_key age-key.txt`,
	whySecret: `netrc _netrc pgpass htpasswd htdigest credentials credentials.json credentials.csv credentials.xml credentials.txt secrets.json secrets.yml
		secrets.yaml secrets.toml secrets.txt secret.key secret.txt secrets.env env.local env.production terraform.tfstate kubeconfig
		accesskeys.csv rootkey.csv passwords.csv passwords.txt passwords.zip passwords.7z passwords.rar logins.csv logins.json signons.sqlite
		key3.db key4.db cert8.db cert9.db wp-config.php filezilla.xml sitemanager.xml recentservers.xml winscp.ini unattend.xml sysprep.inf
		wpa_supplicant.conf vault_pass.txt passwd.txt pypirc npmrc dockercfg git-credentials pwd.txt pass.txt logindata.db bash_history zsh_history
		mysql_history psql_history`,
	whyWallet:  `wallet.dat wallet.json wallet.aes.json default_wallet electrum.dat mnemonic.txt seed.txt seedphrase.txt seed.seco multibit.key`,
	whyBrowser: `cookies cookies.sqlite cookies.txt cookies.binarycookies places.sqlite formhistory.sqlite sessionstore.jsonlz4 history.db webappsstore.sqlite`,
	whyMail:    `inbox sent mbox outbox`,
	whyAccount: `shadow shadow- gshadow gshadow- passwd passwd- master.passwd sam ntuser.dat usrclass.dat ntds.dit`,
	whyChat:    `msgstore.db chat.db sms.db mmssms.db`,
	whyContacts: `contacts.vcf contacts.csv abook.mab abook.sqlite addressbook.sqlitedb
		addressbook-v22.abcddb`,
	whyMemory: `pagefile.sys hiberfil.sys swapfile.sys`,
})

var sensitiveExts = listed(strings.Fields, map[string]string{
	whyKey:      `pem key p12 pfx p8 ppk jks keystore bks pkcs12 asc-private keytab ovpn mobileprovision kbx jceks agekey snk pvk`,
	whySecret:   `kdbx kdb psafe3 pwsafe agilekeychain opvault 1pif 1pux keychain keychain-db keyring kwallet kwl env tfvars tfstate rdp remmina enpassdb walletx`,
	whyWallet:   `wallet bip38`,
	whyMail:     `pst ost mbox mbx eml emlx dbx msf nsf olm wab`,
	whyContacts: `abbu nk2`,
	whyBackup:   `ab mddata mdbackup`,
})

var sensitivePatterns = patternsOf(map[string]string{
	whyKey: `id_*.bak *_rsa *_dsa *_ecdsa *_ed25519 *private*.asc *secret*.asc *private*.gpg *secret*.gpg ssh_host_*_key openpgp*private* *-privkey* *_privkey*
		*.private *.privkey id_rsa_* id_rsa-* id_ed25519_* id_ed25519-*`,
	whySecret: `client_secret*.json service*account*.json *-credentials.json *_credentials.json env.* bitwarden*.json bitwarden*.csv lastpass*.csv 1password*.csv
		dashlane*.csv keepass*.csv chrome*passwords*.csv firefox*passwords*.csv *_accesskeys.csv`,
	whyWallet:  `utc--* wallet*.bak wallet*.dat electrum*wallet*`,
	whyChat:    `msgstore*.crypt*`,
	whyAccount: `ntuser.dat* ntuser.ini*`,
}, map[string]string{ // with spaces in them
	"login data*": whyBrowser, "web data*": whyBrowser, "whatsapp chat *": whyChat,
})

// sensitivePhrases are words between spaces, as sensitiveWords looks for them.
var sensitivePhrases = phrasesOf(map[string]string{
	whySecret: `password passwords passwort passworter kennwort kennworter contrasena contrasenas senha senhas wachtwoord wachtwoorden parola haslo hasla
		mot-de-passe mots-de-passe recovery-key recovery-code recovery-codes backup-codes 2fa-code 2fa-codes 2fa-backup 2fa-recovery 2fa-secret 2fa-secrets пароль пароли login-credentials`,
	whyWallet: `seed-phrase recovery-phrase mnemonic-phrase`,
	whyKey:    `private-key private-keys privater-schlussel`,
	whyPrivate: `tax-return tax-returns bank-statement bank-statements social-security passport passports reisepass personalausweis steuererklarung
		steuerbescheid kontoauszug kontoauszuge drivers-license driving-licence driver-license payslip payslips payroll gehaltsabrechnung
		lohnabrechnung fiche-de-paie avis-d-imposition birth-certificate geburtsurkunde medical-record medical-records medical-report medical-reports patient-records credit-report
		national-insurance identity-card`,
})

// paperWords say what a paper is only where the name is that of a paper, not of a
// book, a picture or a program: see paperExts.
var paperWords = map[string]string{"tax": whyPrivate, "taxes": whyPrivate, "2fa": whySecret}

var paperExts = listed(strings.Fields, map[string]string{
	whyPrivate: `pdf doc docx docm odt ods rtf txt md pages numbers xls xlsx xlsm csv tsv`,
})

func listed(split func(string) []string, lists map[string]string) map[string]string {
	table := make(map[string]string)
	for why, names := range lists {
		for _, name := range split(names) {
			table[plainName(name)] = why
		}
	}
	return table
}

func patternsOf(lists, spaced map[string]string) (all []sensitivePattern) {
	for why, patterns := range lists {
		for _, p := range strings.Fields(patterns) {
			all = append(all, patternOf(p, why))
		}
	}
	for p, why := range spaced {
		all = append(all, patternOf(p, why))
	}
	return all
}

type sensitivePhrase struct{ words, why string }

func phrasesOf(lists map[string]string) (all []sensitivePhrase) {
	for why, phrases := range lists {
		for _, p := range strings.Fields(phrases) {
			all = append(all, sensitivePhrase{" " + strings.ReplaceAll(p, "-", " ") + " ", why})
		}
	}
	return all
}
