namespace Headgate.Portal.Tests;

public sealed class TimesTests
{
    private static readonly DateTimeOffset s_now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "just now")]
    [InlineData(9, "just now")]
    [InlineData(-9, "just now")]
    [InlineData(42, "42 s ago")]
    [InlineData(180, "3 min ago")]
    [InlineData(3600 * 47, "47 h ago")]
    [InlineData(3600 * 48, "2 d ago")]
    [InlineData(-432000, "in 5 d")]
    public void Ago_WhenSoFarAway_SaysIt(int seconds, string text) => Assert.Equal(text, Times.Ago(s_now.AddSeconds(-seconds), s_now));

    [Fact]
    public void Of_WhenOfAnotherZone_IsUtc() => Assert.Equal("2029-12-31 23:30", Times.Of(new DateTimeOffset(2030, 1, 1, 1, 30, 0, TimeSpan.FromHours(2))));
}
