namespace Headgate.Portal.Tests;

public sealed class SizesTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(12_500_000_000, "11.6 GiB")]
    [InlineData(1L << 40, "1 TiB")]
    [InlineData(150L << 30, "150 GiB")]
    [InlineData(long.MaxValue, "8 EiB")]
    [InlineData(-1536, "-1.5 KiB")]
    public void Of_WhenGivenBytes_SaysThemInTheUnitThatFits(long bytes, string text) => Assert.Equal(text, Sizes.Of(bytes));

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(5, 0, 0)]
    [InlineData(999, 1000, 99)]
    [InlineData(1000, 1000, 100)]
    [InlineData(1050, 1000, 105)]
    [InlineData(long.MaxValue, 1, 999)]
    [InlineData(long.MaxValue, long.MaxValue, 100)]
    public void Percent_WhenNotFull_IsBelowAHundred(long used, long limit, int percent) => Assert.Equal(percent, Sizes.Percent(used, limit));

    [Theory]
    [InlineData(-5, "0 B/s")]
    [InlineData(12_582_912, "12 MiB/s")]
    public void Rate_WhenGiven_IsNeverNegative(double rate, string text) => Assert.Equal(text, Sizes.Rate(rate));
}
