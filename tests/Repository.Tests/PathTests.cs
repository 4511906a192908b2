using Headgate.Repository.Restic;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests;

/// <summary>Paths that reach for other files, sent as they are.</summary>
public sealed class PathTests
{
    private static readonly string s_name = new('a', 64);

    [Theory]
    [InlineData("/../other/config")]
    [InlineData("/host1/../../other/config")]
    [InlineData("/./config")]
    [InlineData("/host1/./config")]
    [InlineData("/host1/..")]
    [InlineData("/host1//config")]
    [InlineData("//config")]
    [InlineData("/%2e%2e/other/config")]
    [InlineData("/..%2fother/config")]
    [InlineData("/..%2Fother%2Fconfig")]
    [InlineData("/%2e%2e%2fother%2fconfig")]
    [InlineData("/host1%2fconfig")]
    [InlineData("/host1/%63onfig")]
    [InlineData("/..%5cother%5cconfig")]
    [InlineData("/..\\other\\config")]
    [InlineData("/a/b/c/config")]
    [InlineData("/data/config")]
    [InlineData("/Data/config")]
    [InlineData("/locks/config")]
    [InlineData("/config/config")]
    [InlineData("/host1./config")]
    [InlineData("/NUL/config")]
    [InlineData("/com1.txt/config")]
    [InlineData("/host 1/config")]
    [InlineData("/host1;x/config")]
    [InlineData("/h\u00f6st/config")]
    [InlineData("/host1/data/../../../other/config")]
    [InlineData("/host1/data/AAAA")]
    [InlineData("/host1/data/aa/")]
    [InlineData("/host1/keys/../config")]
    [InlineData("https://other.demo.test/config")]
    [InlineData("*")]
    public async Task Request_WhenThePathReachesOut_IsRefused(string path)
    {
        await using var repository = await TestRepository.StartAsync();
        repository.SetQuota("other", 1 << 20);
        using (var other = repository.RouteClient("other"))
        {
            await other.PostAsync("?create=true", null);
            await other.PostAsync("config", Blob.Random(100).Body);
        }

        await using var tls = await repository.ConnectAsync(repository.OpenRoute(), repository.Connector());
        var answer = await Raw.AskAsync(tls, $"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        Assert.Matches("^HTTP/1.1 (400|404|405) ", answer);
    }

    [Theory]
    [InlineData(65, false)]
    [InlineData(64, true)]
    public void Parse_WhenASegmentIsLong_AllowsSixtyFour(int length, bool allowed) =>
        Assert.Equal(allowed, ResticTarget.TryParse($"/{new string('h', length)}/config", out _, out _));

    [Fact]
    public void Parse_WhenThePathIsGood_TakesItApart()
    {
        Assert.True(ResticTarget.TryParse($"/host-1/disk_2.x/data/{s_name}?x=y", out var target, out _));
        Assert.Equal(new ResticTarget(TargetKind.Object, "/host-1/disk_2.x/", Blobs.BlobType.Data, s_name, "x=y"), target);
        Assert.True(ResticTarget.TryParse("/keys/", out target, out _));
        Assert.Equal(new ResticTarget(TargetKind.List, "/", Blobs.BlobType.Keys, "", ""), target);
    }

    [Fact]
    public void Parse_WhenFedNoise_NeverThrowsAndNeverLeavesTheFolder()
    {
        var random = new Random(4711);
        string[] pieces = ["/", "/", "..", ".", "data", "config", "host1", "%2e", "\\", s_name, "locks", "?", "create=true", "\0", "\u00e4", "con", " "];
        for (var i = 0; i < 10_000; i++)
        {
            var path = "/" + string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (ResticTarget.TryParse(path, out var target, out var refusal))
            {
                Assert.Matches(@"\A/([A-Za-z0-9._-]{1,64}/){0,2}\z", target.Path);
                Assert.DoesNotContain(target.Path.Split('/'), segment => segment is "." or "..");
                Assert.Matches(@"\A([0-9a-f]{64})?\z", target.Name);
            }
            else
            {
                Assert.True(refusal.Sentence.All(c => c is >= ' ' and < (char)127), refusal.Sentence);
            }
        }
    }
}
