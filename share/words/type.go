package words

import (
	"fmt"
	"strings"
)

// Type is the broad kind of a file, or a collection. TypeOf judges the name;
// share/tags weighs it against the content. The numbers are part of the wire
// format.
type Type uint8

// The kinds a query may filter on. Any is what no table entry fits.
const (
	Any Type = iota
	Audio
	Video
	Image
	Document
	Archive
	Executable
	Collection // a folder that is shared as one thing; no name says so
)

var typeNames = [...]string{"any", "audio", "video", "image", "document", "archive", "executable", "collection"}

// String gives the word a query uses, "any" for the zero Type.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("type-%d", uint8(t))
}

// ParseType reads a name as String prints it, in any case. "any" is not a
// filter and is an error, as is every unknown name.
func ParseType(s string) (Type, error) {
	lower := strings.ToLower(s)
	for i, name := range typeNames {
		if Type(i) != Any && name == lower {
			return Type(i), nil
		}
	}
	return Any, fmt.Errorf("no file type is called %q; try audio, video, image, document, archive, executable or collection", s)
}

// TypeOf judges a file name by its last extension, as the operating systems
// that run files do: photo.jpg.exe is an Executable. Trailing dots and spaces,
// which some systems drop, do not hide it. Unknown extensions are Any.
func TypeOf(name string) Type {
	return typeByExt[Extension(strings.TrimRight(name, ". "))]
}

// Extension is the normalised text after the last dot of a file name or path,
// without the dot; empty when there is none.
func Extension(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || len(name)-dot > maxExtBytes+1 {
		return ""
	}
	return normalise(name[dot+1:])
}

var typeByExt = byExt(map[Type]string{
	Audio: `aac ac3 aif aiff alac amr ape au caf dff dsf dts flac it kar m3u m3u8 m4a m4b mid midi mka mod mp1 mp2 mp3 mpc
		oga ogg opus pls ra s3m shn spx tta voc wav wma wv xm xspf`,
	Video: `3g2 3gp asf avi divx f4v flv h264 hevc ivf m1v m2ts m2v m4v mkv mov mp4 mpe mpeg mpg mts mxf ogm ogv qt rm rmvb
		ts vob webm wmv y4m`,
	Image: `ai apng arw avif bmp cr2 cr3 cur dng eps exr gif heic heif ico icns j2k jfif jp2 jpe jpeg jpg jxl kra nef orf pam pbm
		pcx pgm png pnm ppm psd raw rw2 svg svgz tga tif tiff webp xbm xcf xpm`,
	Document: `abw azw azw3 bib cbr cbz chm csv djv djvu doc docm docx dot dotx dvi epub fb2 htm html info key lit log lyx man md
		markdown mobi numbers odf odg odp ods odt org pages pdf po pot ppt pptm pptx prc ps rst rtf sgml shtml srt sub sxw
		tex texi text tsv txt vcf vtt wpd wps xhtml xls xlsm xlsx xml xps`,
	Archive: `7z ace alz ar arj br bz bz2 cab cpgz cpio dmg gz img iso jar lha lrz lz lz4 lzh lzma lzo lzop mdf mds nrg pax
		qcow2 rar sit sitx sqfs squashfs sz tar taz tbz tbz2 tgz tlz txz tzst vdi vhd vhdx vmdk war wim xar xz z zip zipx zoo zst`,
	Executable: `apk app appimage appx bash bat bin cgi cmd com command cpl crx csh deb dll dylib elf exe flatpak flatpakref gadget
		hta ins ipa inf inx isu jse ko ksh lnk mpkg msc msi msix msp mst o osx out pif pkg prg ps1 ps1xml ps2 psc1 psm1 reg
		rgs rpm run scpt scr sct sh shb shs snap so sys u3p vb vbe vbs vbscript wasm workflow ws wsf wsh xbe xpi zsh`,
})

func byExt(lists map[Type]string) map[string]Type {
	table := make(map[string]Type)
	for t, list := range lists {
		for _, ext := range strings.Fields(list) {
			table[ext] = t
		}
	}
	return table
}
