using Headgate.Connector.Drills;
using Headgate.Grains;
using Headgate.Server.Drills;

namespace Headgate.Silo.Tests.Grains.Drills;

public sealed class DrillWordsTests
{
    private static readonly DrillResult s_good = new()
    {
        Run = 3, From = "gtw1", To = ["gtw2"], Streams = 4, Resumes = 4, LongestGap = TimeSpan.FromMilliseconds(240), Pause = TimeSpan.FromMilliseconds(410), Moved = true,
        Objects = 32, Bytes = 16 << 20, Right = 32, ToolErrors = [],
    };

    [Fact]
    public void Judge_WhenAllHolds_PassesWithTheFigures()
    {
        var (state, sentence) = DrillWords.Judge(s_good);
        Assert.Equal(DrillState.Passed, state);
        Assert.Equal(
            "The run moved from gtw1 to gtw2 within 0.41 s; 4 streams were without a connection for 0.24 s at the longest. "
            + "32 objects (16.0 MiB) were read back, every byte right; the tool noticed nothing.",
            sentence);
    }

    [Fact]
    public void Judge_WhenSomethingDoesNotHold_FailsAndNamesEach()
    {
        var (state, sentence) = DrillWords.Judge(s_good with { Right = 31, ToolErrors = ["POST data: 503 No gateway."] });
        Assert.Equal(DrillState.Failed, state);
        Assert.Equal(
            "The tool saw an error, which a copy run promises to keep from it: POST data: 503 No gateway. Of 32 objects 31 were read back with the right SHA-256.", sentence);
        (state, sentence) = DrillWords.Judge(s_good with { Moved = false, Resumes = 1, Pause = TimeSpan.FromSeconds(30), Right = 0 });
        Assert.Equal(DrillState.Failed, state);
        Assert.Equal("Of 4 streams 1 had gone on 30 s after the path was closed at gtw1; what was uploaded was not read back.", sentence);
        Assert.Equal(DrillState.Failed, DrillWords.Judge(s_good with { Right = 0 }).State);
        Assert.Equal(DrillState.Failed, DrillWords.Judge(s_good with { ToolErrors = ["x"] }).State);
    }

    [Fact]
    public void TooFew_Always_NamesWhoCannotBeUsedAndWhy()
    {
        Assert.Equal(
            "A drill needs two gateways of pool 'gold' that runs can be sent to, and there is one, gtw1. Not gtw2 (in no list: it drains), gtw3 (in no list: silent).",
            DrillWords.TooFew("gold", ["gtw1"], [Place("gtw1", "place 1"), Place("gtw2", "in no list: it drains"), Place("gtw3", "in no list: silent")]));
        Assert.EndsWith("there is none. Add a gateway to the pool.", DrillWords.TooFew("gold", [], []), StringComparison.Ordinal);
    }

    private static PoolPlace Place(string gateway, string why) => new(gateway, null, 0, 0, 100, 0, why);
}
