using System.Net;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;

namespace Headgate.Connector.Tests.Commands;

public sealed class TextTests
{
    [Theory]
    [InlineData("5s", 5)]
    [InlineData("2m", 120)]
    [InlineData("1h", 3600)]
    [InlineData("0s", 0)]
    [InlineData("24h", 86400)]
    public void Duration_OfWholeUnits_IsRead(string text, int seconds)
    {
        Assert.True(DurationText.TryParse(text, out var length));
        Assert.Equal(seconds, length.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5")]
    [InlineData("-5s")]
    [InlineData("1.5h")]
    [InlineData("5 s")]
    [InlineData("5d")]
    [InlineData("25h")]
    [InlineData("99999999999s")]
    [InlineData("2147483647h")]
    public void Duration_OfAnythingElse_IsNot(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Theory]
    [InlineData("pc1", "/pc1/")]
    [InlineData("Müller's PC", "/M-ller-s-PC/")]
    [InlineData("data", "/host-data/")]
    [InlineData("..", "/host-/")]
    [InlineData("", "/host-/")]
    public void Path_OfAHostName_IsOneThatTheRepositoryTakes(string host, string path)
    {
        Assert.Equal(path, RepositoryPath.OfHost(host));
        Assert.True(RepositoryPath.TryParse(path, out _));
    }

    [Fact]
    public void Path_OfALongHostName_IsCut() => Assert.Equal("/" + new string('a', 64) + "/", RepositoryPath.OfHost(new string('a', 100)));

    [Theory]
    [InlineData("/", "/")]
    [InlineData("a", "/a/")]
    [InlineData("/a/b", "/a/b/")]
    [InlineData("/a/b/", "/a/b/")]
    public void Path_AsTyped_IsRead(string text, string path)
    {
        Assert.True(RepositoryPath.TryParse(text, out var read));
        Assert.Equal(path, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a//b")]
    [InlineData("a/b/c")]
    [InlineData("../x")]
    [InlineData("a/..")]
    [InlineData("a%2fb")]
    [InlineData("locks")]
    [InlineData("a/config")]
    [InlineData("a b")]
    public void Path_ThatCannotBe_IsNot(string text) => Assert.False(RepositoryPath.TryParse(text, out _));

    [Fact]
    public void Resolve_GivenTwice_AddsUp()
    {
        var names = new Dictionary<string, IReadOnlyList<IPAddress>>();
        Assert.True(GivenAddresses.TryAdd("CC.demo.test=192.0.2.1,2001:db8::1", names, out _));
        Assert.True(GivenAddresses.TryAdd("cc.demo.test=192.0.2.1,[2001:db8::2]", names, out _));
        Assert.Equal(["192.0.2.1", "2001:db8::1", "2001:db8::2"], names["cc.demo.test"].Select(address => address.ToString()));
    }

    [Theory]
    [InlineData("cc.demo.test")]
    [InlineData("=192.0.2.1")]
    [InlineData("a b=192.0.2.1")]
    [InlineData("cc.demo.test=")]
    [InlineData("cc.demo.test=192.0.2.1,")]
    [InlineData("cc.demo.test=192.0.2.1:6180")]
    [InlineData("cc.demo.test=1")]
    [InlineData("cc.demo.test=host")]
    public void Resolve_ThatCannotBe_IsRefused(string text)
    {
        Assert.False(GivenAddresses.TryAdd(text, [], out var error));
        Assert.StartsWith($"--resolve '{text}' cannot be", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Say_OfControlCharacters_ShowsNone()
    {
        var error = new StringWriter();
        new ConnectorConsole(TextWriter.Null, error, false, false).Say("a\u001b[2Jb\r\nc");
        Assert.Equal("headgate: a [2Jb  c\n", error.ToString());
    }

    [Theory]
    [InlineData("desk", "init-desk")]
    [InlineData("a-very-long-host-name-24", "init-a-very-long-host-na")]
    [InlineData("a-long-host-name12-x", "init-a-long-host-name12")]
    public void Of_WhenGivenAMachine_IsAJobOfItsOwn(string connector, string expected)
    {
        var job = MachineJob.Of("init", connector);
        Assert.StartsWith(expected, job, StringComparison.Ordinal);
        Assert.True(Headgate.Protocol.Naming.Identifier.IsValid(job), job);
    }
}
