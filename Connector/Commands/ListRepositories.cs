using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Headgate.Connector.Failover;
using Headgate.Protocol;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Commands;

/// <summary>The tool of a run that asks a repository what the tenant has there.</summary>
internal sealed class ListRepositories(ConnectorConsole console) : ITool
{
    private const string Scheme = "rest:";

    /// <summary>What it answered, once it has.</summary>
    public IReadOnlyList<ResticRepositoryEntry>? Found { get; private set; }

    public async Task<int> RunAsync(string repositoryUrl, CancellationToken stop)
    {
        var url = new Uri(repositoryUrl[Scheme.Length..]);
        using var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, url.GetLeftPart(UriPartial.Authority).Replace(url.UserInfo + "@", "", StringComparison.Ordinal) + "/");
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(url.UserInfo)));
        request.Headers.ConnectionClose = true;
        try
        {
            using var response = await http.SendAsync(request, stop);
            if (!response.IsSuccessStatusCode)
            {
                console.Say(string.Create(CultureInfo.InvariantCulture, $"the repository answered {(int)response.StatusCode} {response.ReasonPhrase}"));
                return 1;
            }

            var list = await response.Content.ReadFromJsonAsync(ProtocolJson.Default.ResticRepositoryList, stop);
            Found = list?.Repositories ?? [];
            return 0;
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException or InvalidOperationException)
        {
            console.Say($"the repository's answer did not come: {fault.Message}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Cancelled;
        }
    }
}
