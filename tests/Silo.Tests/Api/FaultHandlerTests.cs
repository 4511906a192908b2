using System.Diagnostics.Metrics;
using System.Text.Json;
using Headgate.Grains;
using Headgate.Protocol;
using Headgate.Protocol.Problems;
using Headgate.Silo.Listening;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Headgate.Silo.Tests.Api;

/// <summary>What becomes of each kind of exception, and of each reason a grain can have.</summary>
public sealed class FaultHandlerTests
{
    [Theory]
    [InlineData(RefusalReason.Invalid, 400, "invalid", false)]
    [InlineData(RefusalReason.NotFound, 404, "not-found", false)]
    [InlineData(RefusalReason.Exists, 409, "conflict", false)]
    [InlineData(RefusalReason.Changed, 409, "conflict", false)]
    [InlineData(RefusalReason.Revoked, 403, "revoked", false)]
    [InlineData(RefusalReason.CodeRefused, 403, "code-refused", false)]
    [InlineData(RefusalReason.CodeUsed, 403, "code-used", false)]
    [InlineData(RefusalReason.TenantDisabled, 403, "tenant-disabled", false)]
    [InlineData(RefusalReason.LeaseEnded, 403, "lease-ended", false)]
    [InlineData(RefusalReason.RunLimit, 429, "run-limit", true)]
    [InlineData(RefusalReason.NoQuota, 403, "no-quota", false)]
    [InlineData(RefusalReason.QuotaExceeded, 507, "quota-exceeded", false)]
    [InlineData(RefusalReason.RunClosed, 409, "run-closed", false)]
    [InlineData(RefusalReason.Unavailable, 503, "unavailable", true)]
    public async Task Refusal_OfEachReason_HasItsStatusAndCode(RefusalReason reason, int status, string code, bool retry)
    {
        var (problem, log) = await HandleAsync(new RefusedException(reason, "The sentence.", 42));

        Assert.Equal((status, code, retry, "The sentence.", 42L), (problem.Status, problem.Code, problem.Retry, problem.Detail, problem.Version!.Value));
        Assert.Empty(log);
    }

    [Fact]
    public void Reasons_AreAllMapped() =>
        Assert.DoesNotContain(Enum.GetValues<RefusalReason>(), reason => Problem.CodeOf(reason) == ProblemCodes.Internal);

    [Fact]
    public async Task Fault_ThatNobodyExpected_Is500WithoutItsMessageAndLogged()
    {
        var (problem, log) = await HandleAsync(new InvalidOperationException("secret inner words"));

        Assert.Equal((500, ProblemCodes.Internal), (problem.Status, problem.Code));
        Assert.DoesNotContain("secret inner words", problem.Detail, StringComparison.Ordinal);
        var entry = Assert.Single(log);
        Assert.Equal(LogLevel.Error, entry.Level);
        Assert.Contains("secret inner words", entry.Exception!.Message, StringComparison.Ordinal);
        Assert.Contains(problem.TraceId!, entry.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fault_OfStorageOrATimeout_Is503AndWorthARetry()
    {
        foreach (var fault in new Exception[] { new OrleansException("database is gone"), new TimeoutException("30 s") })
        {
            var (problem, log) = await HandleAsync(fault);

            Assert.Equal((503, ProblemCodes.Unavailable, true), (problem.Status, problem.Code, problem.Retry));
            Assert.Single(log);
        }
    }

    [Fact]
    public async Task Refusal_OnARequest_IsCountedByApiAndCode()
    {
        await using var world = new SiloWorld();
        await world.InitializeAsync();
        var counted = new List<string>();
        using var listener = new MeterListener();
        var metrics = world.Services.GetRequiredService<IMeterFactory>().Create(ApiMetrics.MeterName);
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter, metrics) && instrument.Name.EndsWith(".refused", StringComparison.Ordinal))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            lock (counted)
            {
                counted.Add($"{instrument.Name} {value} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}");
            }
        });
        listener.Start();

        using var edge = world.EdgeHttp(null);
        await edge.RefusedAsync(HttpMethod.Get, "/v1/stream");
        using var tenant = world.TenantHttp(null, gateway: "nobody");
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => tenant.GetAsync("/v1/authority"));

        lock (counted)
        {
            Assert.Contains("headgate.silo.requests.refused 1 api=edge code=forbidden", counted);
            Assert.Contains("headgate.silo.connections.refused 1 api=tenant reason=proxy-unknowngateway", counted);
        }
    }

    private static async Task<(ProblemAnswer Problem, List<(LogLevel Level, string Message, Exception? Exception)> Log)> HandleAsync(Exception exception)
    {
        var log = new Log();
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;

        Assert.True(await new FaultHandler(log).TryHandleAsync(context, exception, CancellationToken.None));

        Assert.Equal(Problem.ContentType, context.Response.ContentType);
        var problem = JsonSerializer.Deserialize(body.ToArray(), ProtocolJson.Default.ProblemAnswer)!;
        Assert.Equal(context.Response.StatusCode, problem.Status);
        return (problem, log.Entries);
    }

    private sealed class Log : ILogger<FaultHandler>
    {
        public List<(LogLevel Level, string Message, Exception? Exception)> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Add((logLevel, formatter(state, exception), exception));
    }
}
