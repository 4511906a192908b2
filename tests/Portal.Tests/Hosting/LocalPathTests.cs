namespace Headgate.Portal.Tests;

public sealed class LocalPathTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/tenants")]
    [InlineData("/tenants?q=a%2Fb&page=2")]
    [InlineData("/tenants/acme#keys")]
    [InlineData("/a//b")]
    public void Or_WhenThePathIsOfThisSite_IsThePath(string path) => Assert.Equal(path, LocalPath.Or(path));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("tenants")]
    [InlineData("//evil.example")]
    [InlineData("///evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("\\\\evil.example")]
    [InlineData("/\t/evil.example")]
    [InlineData("/\n/evil.example")]
    [InlineData("\t//evil.example")]
    [InlineData(" //evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("https:evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("@evil.example")]
    [InlineData("~/x")]
    [InlineData("?q=1")]
    public void Or_WhenItMayLeadElsewhere_IsTheStart(string? path) => Assert.Equal("/", LocalPath.Or(path));

    [Fact]
    public void Or_WhenItIsEndless_IsTheStart() => Assert.Equal("/", LocalPath.Or("/" + new string('a', 2000)));
}
