using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Headgate.Protocol.Problems;

namespace Headgate.Protocol;

/// <summary>What every client of the edge and tenant API does alike: version header, JSON, problem details to <see cref="ProblemException"/>.</summary>
public static class ProtocolHttp
{
    /// <summary>A request with this build's version and, where there is one, a JSON body.</summary>
    public static HttpRequestMessage Request<TBody>(HttpMethod method, string path, TBody body)
    {
        var request = Request(method, path);
        request.Content = JsonContent.Create(body, TypeOf<TBody>());
        return request;
    }

    /// <summary>A request with this build's version and no body.</summary>
    public static HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Add(ProtocolVersion.HeaderName, ProtocolVersion.Current);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        return request;
    }

    /// <summary>The answer's body.</summary>
    /// <exception cref="ProblemException">The server refused.</exception>
    /// <exception cref="HttpRequestException">The body is not what was promised.</exception>
    public static async Task<TAnswer> ReadAsync<TAnswer>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await EnsureSuccessAsync(response, cancellationToken);
        try
        {
            return await response.Content.ReadFromJsonAsync(TypeOf<TAnswer>(), cancellationToken)
                ?? throw new HttpRequestException("The server's answer is empty.");
        }
        catch (JsonException fault)
        {
            throw new HttpRequestException("The server's answer is not understood: " + fault.Message, fault);
        }
    }

    /// <summary>Throws unless the server took the request.</summary>
    /// <exception cref="ProblemException">The server refused.</exception>
    public static async Task EnsureSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new ProblemException(response.StatusCode, await ReadProblemAsync(response, cancellationToken));
        }
    }

    /// <summary>How <typeparamref name="T"/> looks on the wire.</summary>
    /// <exception cref="NotSupportedException">It is not a record of <see cref="ProtocolJson"/>.</exception>
    public static JsonTypeInfo<T> TypeOf<T>() => ProtocolJson.Default.GetTypeInfo(typeof(T)) as JsonTypeInfo<T>
        ?? throw new NotSupportedException($"{typeof(T)} is not listed in ProtocolJson.");

    private static async Task<ProblemAnswer> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var fallback = new ProblemAnswer
        {
            Status = (int)response.StatusCode,
            Detail = $"The server answered {(int)response.StatusCode} {response.ReasonPhrase}.",
            Retry = response.StatusCode >= HttpStatusCode.InternalServerError,
        };
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            return fallback;
        }

        try
        {
            return await response.Content.ReadFromJsonAsync(ProtocolJson.Default.ProblemAnswer, cancellationToken) ?? fallback;
        }
        catch (JsonException)
        {
            return fallback;
        }
    }
}
