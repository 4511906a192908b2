using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using Headgate.Protocol;
using Headgate.Protocol.Problems;
using Headgate.Server.Hosting;

namespace Headgate.Server.Commands;

/// <summary>Talks to the running server over the socket in its data directory.</summary>
internal sealed class AdminClient : IDisposable
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
        WriteIndented = true,
    };

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(40);

    private readonly string _dataDirectory;
    private readonly HttpClient _http;

    /// <exception cref="StartupException">The socket's path is too long.</exception>
    public AdminClient(string dataDirectory, TimeSpan? timeout = null)
    {
        _dataDirectory = dataDirectory;
        var endPoint = new UnixDomainSocketEndPoint(AdminSocket.PathOf(dataDirectory));
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(endPoint, token);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://admin.invalid"), Timeout = timeout ?? s_timeout };
    }

    /// <summary>The version that requests expect the thing they change to have; null for any.</summary>
    public long? ExpectVersion { get; set; }

    /// <summary>Sends and reads the answer.</summary>
    /// <exception cref="ProblemException">The server refused.</exception>
    /// <exception cref="NoServerException">There is none.</exception>
    public Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken) =>
        SendAsync(method, path, body, static async (response, token) => await response.Content.ReadFromJsonAsync<T>(Json, token)
            ?? throw new HttpRequestException("The server's answer is empty."), cancellationToken);

    /// <summary>Sends; there is nothing to read.</summary>
    /// <exception cref="ProblemException">The server refused.</exception>
    /// <exception cref="NoServerException">There is none.</exception>
    public Task SendAsync(HttpMethod method, string path, CancellationToken cancellationToken) =>
        SendAsync(method, path, null, static (_, _) => Task.FromResult(true), cancellationToken);

    private async Task<T> SendAsync<T>(
        HttpMethod method, string path, object? body, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add(ProtocolVersion.HeaderName, ProtocolVersion.Current);
        if (ExpectVersion is { } version)
        {
            request.Headers.IfMatch.Add(new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{version}\"")));
        }

        if (body is not null)
        {
            request.Content = JsonContent.Create(body, body.GetType(), options: Json);
        }

        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            await ProtocolHttp.EnsureSuccessAsync(response, cancellationToken);
            return await read(response, cancellationToken);
        }
        catch (HttpRequestException exception) when (exception.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied })
        {
            throw new NoServerException(
                $"{AdminSocket.PathOf(_dataDirectory)} may be opened by its owner only. Run this as the user that the server runs as.", exception);
        }
        catch (HttpRequestException exception) when (exception.InnerException is SocketException)
        {
            throw new NoServerException(
                $"No server runs on {_dataDirectory}. Start one with 'headgate-server run --data {_dataDirectory} --zone ZONE', or name the right --data.", exception);
        }
    }

    public Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) => SendAsync<T>(HttpMethod.Get, path, null, cancellationToken);

    /// <summary>A path with a query of what is not null.</summary>
    public static string Query(string path, params (string Name, object? Value)[] parameters)
    {
        var set = parameters.Where(parameter => parameter.Value is not null)
            .Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(Convert.ToString(parameter.Value, CultureInfo.InvariantCulture)!)}");
        var query = string.Join('&', set);
        return query.Length == 0 ? path : $"{path}?{query}";
    }

    public void Dispose() => _http.Dispose();
}
