using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Headgate.Protocol;

namespace Headgate.Browser.Tests;

/// <summary>The server's management socket, for what a test needs and does not try: many tenants at once, say.</summary>
internal sealed class Management(string socketPath) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, token) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), token);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://localhost"),
        DefaultRequestHeaders = { { ProtocolVersion.HeaderName, ProtocolVersion.Current } },
    };

    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object body)
    {
        using var request = new HttpRequestMessage(method, "/v1/" + path) { Content = JsonContent.Create(body) };
        using var answer = await _client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {answer.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    /// <summary>A tenant with a quota on the first repository.</summary>
    public async Task AddTenantAsync(string id, string name, long limitBytes)
    {
        await SendAsync(HttpMethod.Post, "tenants", new { tenant = id, displayName = name, runLimit = 0 });
        await SendAsync(HttpMethod.Put, $"tenants/{id}/quotas/repo1", new { limitBytes });
    }

    /// <summary>An account, with a first password that must be changed.</summary>
    public async Task<string> AddAccountAsync(string account, string? tenant = null)
    {
        var made = await SendAsync(HttpMethod.Post, "accounts", new { account, displayName = account, role = tenant is null ? "Administrator" : "Tenant", tenant });
        return made.GetProperty("password").GetString()!;
    }

    public void Dispose() => _client.Dispose();
}
