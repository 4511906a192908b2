using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>The server's management API over the socket in its data folder: what its subcommands ask, without a process for each question.</summary>
internal sealed class AdminSocketClient : IDisposable
{
    private readonly HttpClient _http;

    public AdminSocketClient(World world)
    {
        var path = new UnixDomainSocketEndPoint(world.PathOf("server", "admin.sock"));
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(path, token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        }) { BaseAddress = new Uri("http://admin.invalid"), Timeout = TimeSpan.FromSeconds(30) };
        _http.DefaultRequestHeaders.Add(Protocol.ProtocolVersion.HeaderName, Protocol.ProtocolVersion.Current);
    }

    /// <summary>What a GET of that path answers. Null when the server did not answer, or with an error.</summary>
    public async Task<JsonElement?> GetAsync(string path)
    {
        try
        {
            await using var body = await _http.GetStreamAsync(path);
            using var answer = await JsonDocument.ParseAsync(body);
            return answer.RootElement.Clone();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>A tenant's quota: limit, used, and what hosts hold beyond that. Null when the server did not answer.</summary>
    public async Task<(long Limit, long Used, long Reserved)?> QuotaAsync(string tenant, string repository = "repo1")
    {
        if (await GetAsync("/v1/quotas") is not { } page)
        {
            return null;
        }

        var quota = page.GetProperty("items").EnumerateArray().Single(
            one => one.GetProperty("tenant").GetString() == tenant && one.GetProperty("repository").GetString() == repository);
        return (quota.GetProperty("limitBytes").GetInt64(), quota.GetProperty("usedBytes").GetInt64(), quota.GetProperty("reservedBytes").GetInt64());
    }

    /// <summary>Has a tenant counted anew on a repository.</summary>
    public async Task RecountAsync(string tenant, string repository = "repo1")
    {
        using var body = new StringContent($"{{\"tenant\":\"{tenant}\"}}", Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync($"/v1/repositories/{repository}/recount", body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    public void Dispose() => _http.Dispose();
}
