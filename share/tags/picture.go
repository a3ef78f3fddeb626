package tags

import (
	"strings"

	"github.com/bep/imagemeta"
	"github.com/gabriel-vasile/mimetype"
)

var pictureFormats = map[string]imagemeta.ImageFormat{
	"image/jpeg": imagemeta.JPEG, "image/png": imagemeta.PNG, "image/webp": imagemeta.WebP, "image/tiff": imagemeta.TIFF,
	"image/heic": imagemeta.HEIF, "image/heif": imagemeta.HEIF, "image/avif": imagemeta.AVIF,
}

// Limits for the library beside those of the source.
const (
	pictureTagsMax     = 1000
	pictureTagBytesMax = 4 << 10 // a caption may be long; the line takes its beginning
)

// A field of a picture, by the library's names. EXIF has folders within folders,
// and each has what it likes: the thumbnail its own camera, GPS the place.
type pictureField struct {
	source imagemeta.Source
	folder string
	name   string
}

// pictureWanted lists all that is read of a picture. Artist and By-line are not:
// cameras fill them with their owner's name. Nor are the names of places.
var pictureWanted = map[pictureField]string{
	{imagemeta.IPTC, "IPTCApplication", "ObjectName"}:       "title",
	{imagemeta.IPTC, "IPTCApplication", "Headline"}:         "headline",
	{imagemeta.IPTC, "IPTCApplication", "Caption-Abstract"}: "caption",
	{imagemeta.IPTC, "IPTCApplication", "Keywords"}:         "keywords",
	{imagemeta.EXIF, "IFD0", "ImageDescription"}:            "description",
	{imagemeta.EXIF, "IFD0", "Make"}:                        "make",
	{imagemeta.EXIF, "IFD0", "Model"}:                       "model",
	{imagemeta.EXIF, "IFD0/ExifIFDP", "DateTimeOriginal"}:   "date",
}

func pictureFields(src *source, mime *mimetype.MIME) []string {
	format, ok := pictureFormats[mime.String()]
	if !ok {
		return nil
	}
	sources := imagemeta.EXIF | imagemeta.IPTC
	if format == imagemeta.PNG {
		sources = imagemeta.EXIF // IPTC comes deflated, and the library inflates 10 MB of it
	}
	got := make(map[string]string)
	// What was read before an error counts.
	_, _ = imagemeta.Decode(imagemeta.Options{
		R: src.stream(), ImageFormat: format, Sources: sources, LimitNumTags: pictureTagsMax, LimitTagSize: pictureTagBytesMax,
		ShouldHandleTag: func(t imagemeta.TagInfo) bool { return pictureWanted[fieldOf(t)] != "" },
		HandleTag: func(t imagemeta.TagInfo) error {
			if name := pictureWanted[fieldOf(t)]; got[name] == "" {
				got[name] = textOf(t.Value)
			}
			return nil
		},
	})
	return []string{got["title"], got["headline"], got["caption"], got["description"], got["keywords"], camera(got["make"], got["model"]), day(got["date"])}
}

func fieldOf(t imagemeta.TagInfo) pictureField { return pictureField{t.Source, t.Namespace, t.Tag} }

func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, " ")
	}
	return ""
}

// camera names maker and model, the maker once: most models begin with it.
func camera(maker, model string) string {
	maker, model = strings.TrimSpace(maker), strings.TrimSpace(model)
	first, _, _ := strings.Cut(maker, " ")
	switch {
	case model == "":
		return maker
	case strings.HasPrefix(strings.ToLower(model), strings.ToLower(first)):
		return model
	}
	return maker + " " + model
}

// day makes 2019-07-14 of 2019:07:14 18:20:03.
func day(date string) string {
	if year(date) == "" || len(date) < 10 {
		return ""
	}
	return strings.ReplaceAll(date[:10], ":", "-")
}
