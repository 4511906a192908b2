using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Headgate.Portal;
using Headgate.Protocol;
using Headgate.Protocol.Problems;
using Headgate.Server.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Api;

/// <summary>The archives that the edge API offers, to programs that have neither a certificate nor a version.</summary>
public sealed class DownloadTests : IClassFixture<SiloWorld>
{
    private const string Archive = "headgate-gateway-0.1.0-linux-x64.tar.gz";
    private const string Zip = "headgate-connector-0.1.0-win-x64.zip";

    private readonly SiloWorld _world;
    private readonly byte[] _bytes = new byte[300_000];

    public DownloadTests(SiloWorld world)
    {
        _world = world;
        new Random(5).NextBytes(_bytes);

        // For each test anew: one of them writes something else.
        Directory.CreateDirectory(Folder);
        File.WriteAllBytes(Path.Combine(Folder, Archive), _bytes);
        File.WriteAllBytes(Path.Combine(Folder, Zip), [1, 2, 3]);
        File.WriteAllText(Path.Combine(Folder, "secret.txt"), "not offered");
        File.WriteAllText(Path.Combine(Folder, "headgate-server-0.1.0-linux-x64.tar.gz"), "there, but not in the sums");
        File.WriteAllLines(Path.Combine(Folder, Downloads.Sums),
        [
            $"{Sum(_bytes)}  {Archive}",
            $"{Sum([1, 2, 3])}  {Zip}",
            $"{Sum([])}  secret.txt",
            $"{Sum([])}  ../silo.db",
            $"{Sum([])}  headgate-repository-0.1.0-linux-x64.tar.gz",
            "nonsense",
        ]);

        // Read once for all tests, whichever is the first.
        world.Services.GetRequiredService<IDownloads>().List();
    }

    private string Folder => Path.Combine(_world.Folder, "downloads");

    [Fact]
    public void List_OfAFolder_HasWhatIsThereAndInTheSums()
    {
        var downloads = _world.Services.GetRequiredService<IDownloads>();
        Assert.Equal(
            [
                new DownloadInfo("gateway", "linux-x64", "0.1.0", Archive, Sum(_bytes), _bytes.Length),
                new DownloadInfo("connector", "win-x64", "0.1.0", Zip, Sum([1, 2, 3]), 3),
            ],
            downloads.List());
        Assert.Equal($"https://127.0.0.1:{_world.Edge.Port}/downloads/", downloads.BaseAddress.ToString());
        using var stream = downloads.Open(Archive);
        Assert.Equal(_bytes.Length, stream!.Length);
        Assert.Null(downloads.Open("secret.txt"));
        Assert.Null(downloads.Open("../silo.db"));
    }

    [Fact]
    public async Task Get_WithoutCertificateAndVersion_IsServedWhole()
    {
        using var client = Client();
        using var response = await client.GetAsync("/downloads/" + Archive);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(_bytes, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal($"\"{Sum(_bytes)}\"", response.Headers.ETag!.ToString());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains(Archive, await client.GetStringAsync("/downloads/" + Downloads.Sums), StringComparison.Ordinal);

        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/downloads/" + Archive));
        Assert.Equal((HttpStatusCode.OK, _bytes.Length), (head.StatusCode, (int)head.Content.Headers.ContentLength!));
    }

    [Fact]
    public async Task Get_OfARange_GoesOnWhereItBrokeOff()
    {
        using var client = Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/downloads/" + Archive);
        request.Headers.Range = new RangeHeaderValue(200_000, null);
        request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue($"\"{Sum(_bytes)}\""));
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(_bytes[200_000..], await response.Content.ReadAsByteArrayAsync());

        using var beyond = new HttpRequestMessage(HttpMethod.Get, "/downloads/" + Archive);
        beyond.Headers.Range = new RangeHeaderValue(400_000, null);
        using var refused = await client.SendAsync(beyond);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, refused.StatusCode);
    }

    [Theory]
    [InlineData("/downloads")]
    [InlineData("/downloads/")]
    [InlineData("/downloads/secret.txt")]
    [InlineData("/downloads/../silo.db")]
    [InlineData("/downloads/..%2Fsilo.db")]
    [InlineData("/downloads/%2e%2e/silo.db")]
    [InlineData("/downloads//etc/passwd")]
    [InlineData("/downloads/%2Fetc%2Fpasswd")]
    [InlineData("/downloads/" + Archive + "/")]
    [InlineData("/downloads/" + Archive + "%00")]
    [InlineData("/downloads/./" + Zip + "/../secret.txt")]
    [InlineData("/downloads/HEADGATE-gateway-0.1.0-linux-x64.tar.gz")]
    [InlineData("/downloads/headgate-server-0.1.0-linux-x64.tar.gz")]
    [InlineData("/downloads/headgate-repository-0.1.0-linux-x64.tar.gz")]
    public async Task Get_OfAnythingElse_FindsNothing(string path)
    {
        // As it is written: HttpClient would tidy the path.
        using var stream = new StreamReader(await RawAsync($"GET {path} HTTP/1.1\r\nHost: edge.{SiloWorld.Zone}\r\nConnection: close\r\n\r\n"));
        var answer = await stream.ReadToEndAsync();
        Assert.Matches(@"\AHTTP/1\.1 (404|400|426) ", answer);
        Assert.DoesNotContain("not offered", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("SQLite", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_IsRefusedInWords()
    {
        using var client = Client();
        var problem = await Answers.Problem(await client.PostAsync("/downloads/" + Archive, new StringContent("x")));
        Assert.Equal(405, problem.Status);
    }

    [Fact]
    public async Task Get_WhenTooManyFetch_AsksToComeAgainAndThenServes()
    {
        // More than socket buffers hold, so that those who do not read keep their places.
        var large = Path.Combine(Folder, Zip);
        await File.WriteAllBytesAsync(large, new byte[64 << 20]);
        var held = new List<(HttpClient, HttpResponseMessage)>();
        for (var i = 0; i < DownloadEndpoint.MaxAtOnce; i++)
        {
            var client = Client();
            held.Add((client, await client.GetAsync("/downloads/" + Zip, HttpCompletionOption.ResponseHeadersRead)));
        }

        using var other = Client();
        using var refused = await other.GetAsync("/downloads/" + Archive);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("5", refused.Headers.RetryAfter!.ToString());
        Assert.Contains("Try again", (await Answers.Problem(refused)).Detail, StringComparison.Ordinal);

        foreach (var (client, response) in held)
        {
            response.Dispose();
            client.Dispose();
        }

        var deadline = DateTime.UtcNow.AddSeconds(30);
        while ((await other.GetAsync("/downloads/" + Archive)).StatusCode != HttpStatusCode.OK)
        {
            Assert.True(DateTime.UtcNow < deadline, "The places were not given back.");
        }
    }

    [Fact]
    public async Task Get_OverTheTenantApi_FindsNothing()
    {
        using var client = _world.TenantHttp(null);
        Assert.Equal(404, (await client.RefusedAsync(HttpMethod.Get, "/downloads/" + Archive)).Status);
    }

    private static string Sum(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private HttpClient Client()
    {
        var client = _world.EdgeHttp(null);
        client.DefaultRequestHeaders.Remove(ProtocolVersion.HeaderName);
        return client;
    }

    private async Task<Stream> RawAsync(string request)
    {
        var tls = new System.Net.Security.SslStream(
            await _world.DialEdgeAsync(null, SiloWorld.Deadline), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("edge." + SiloWorld.Zone);
        await tls.WriteAsync(System.Text.Encoding.ASCII.GetBytes(request));
        return tls;
    }
}
