namespace Headgate.Portal.Tests.Text;

public sealed class HopWordsTests
{
    [Theory]
    [InlineData(PathReason.Unknown, null, null)]
    [InlineData(PathReason.First, null, "first of its list")]
    [InlineData(PathReason.Next, "gtw1", "gtw1 did not lead to the repository")]
    [InlineData(PathReason.Next, null, "one before it did not lead to the repository")]
    [InlineData(PathReason.Behind, null, "those before it in the list had just failed")]
    [InlineData(PathReason.Closed, "gtw1", "moved here when its connection over gtw1 was closed")]
    [InlineData(PathReason.Silent, "gtw1", "moved here when gtw1 fell silent")]
    [InlineData((PathReason)99, "gtw1", null)]
    public void Of_SaysWhyTheGatewayWasUsed(PathReason reason, string? after, string? expected) =>
        Assert.Equal(expected, HopWords.Of(new PathStep("gtw2", 1, 1, 1, reason, after)));
}
