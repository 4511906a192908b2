using System.Net;
using System.Net.Http.Json;
using Headgate.Protocol;
using Headgate.Protocol.Problems;
using Headgate.Server.Commands;

namespace Headgate.Silo.Tests.Api;

/// <summary>Requests that are expected to be refused, and what is expected of every refusal.</summary>
internal static class Answers
{
    public static async Task<ProblemAnswer> RefusedAsync(this HttpClient client, HttpMethod method, string path, object? body = null) =>
        await Problem(await client.SendAsync(new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: AdminClient.Json) }));

    public static async Task<ProblemAnswer> Problem(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            Assert.False(response.IsSuccessStatusCode, $"It was answered with {(int)response.StatusCode}: {text[..Math.Min(text.Length, 300)]}");
            Assert.True(response.Content.Headers.ContentType?.MediaType == "application/problem+json", $"{(int)response.StatusCode} {response.Content.Headers.ContentType}: {text}");
            Assert.Equal(ProtocolVersion.Current, response.Headers.GetValues(ProtocolVersion.HeaderName).Single());
            var problem = System.Text.Json.JsonSerializer.Deserialize(text, ProtocolJson.Default.ProblemAnswer)!;
            Assert.Equal((int)response.StatusCode, problem.Status);
            Assert.Equal("urn:headgate:problem:" + problem.Code, problem.Type);
            Assert.False(string.IsNullOrWhiteSpace(problem.Title));
            Assert.False(string.IsNullOrWhiteSpace(problem.Detail));
            Assert.False(string.IsNullOrWhiteSpace(problem.TraceId));
            return problem;
        }
    }

    public static async Task<T> OkAsync<T>(this HttpClient client, HttpMethod method, string path, object? body = null)
    {
        using var response = await client.SendAsync(new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: AdminClient.Json) });
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        return await ProtocolHttp.ReadAsync<T>(response, CancellationToken.None);
    }
}
