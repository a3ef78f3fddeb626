package transfer

import "time"

// Rules are the limits and times that an Exchange keeps, for simulated nodes that
// keep them as well.
type Rules struct {
	PieceBytes   int64         // most that is sent at once
	UpdatesEvery time.Duration // least time between two have-updates on a stream
	UploadTick   time.Duration // how often an upload looks at the clock
	UploadsMax   int           // streams served or waiting at once
	SlotIdle     time.Duration // a slot unused for so long goes to others

	SourcesMax       int           // sources a download talks to at once
	SourcesKnownMax  int           // and knows of
	SourcesNamed     int           // in one message
	SourcesGap       time.Duration // least time between two such messages of an upload
	SourcesEvery     time.Duration // and of a download
	SourcesRefresh   time.Duration // told again, though nobody is new
	SwarmMax         int           // nodes remembered for one file
	UselessTime      time.Duration // a source of no use for so long makes room for another
	RestTime         time.Duration // and then rests
	FoundAgainAfter  time.Duration // a source that was given up counts again
	RetryFirst       time.Duration // pauses before a source is tried again,
	RetryMax         time.Duration // doubling from one to the other
	TriesMax         int
	DownloadTick     time.Duration // how often a download looks at the clock
	ProofTime        time.Duration // before more sources are asked for the last group
	ProgressTime     time.Duration // a source that owes bytes and sends none is left after so long
	StallTime        time.Duration // and others are asked after so long
	EndgameWasteMost float64       // share of the file that may come twice
}

// RulesOf gives the rules of an Exchange with these options.
func RulesOf(o Options) Rules {
	o = o.withDefaults()
	return Rules{
		PieceBytes: int64(newPace(o.UpBytesPerSec).piece(blockBytes)), UpdatesEvery: updatesEvery, UploadTick: uploadTick,
		UploadsMax: uploadsMax, SlotIdle: slotIdle,
		SourcesMax: o.SourcesMax, SourcesKnownMax: sourcesKnownMax, SourcesNamed: sourcesPerFrame,
		SourcesGap: swarmGap, SourcesEvery: sourcesEvery, SourcesRefresh: swarmRefresh, SwarmMax: swarmMax,
		UselessTime: uselessTime, RestTime: restTime, FoundAgainAfter: foundAgainAfter, RetryFirst: retryFirst, RetryMax: retryMax, TriesMax: triesMax,
		DownloadTick: tickEvery, ProofTime: proofTime, ProgressTime: progressTime, StallTime: stallTime, EndgameWasteMost: wasteLimit,
	}
}
