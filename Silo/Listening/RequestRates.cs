using System.Collections.Frozen;
using System.Globalization;
using System.Threading.RateLimiting;
using Headgate.Protocol.Problems;
using Headgate.Silo.Authorization;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Listening;

/// <summary>Counts requests by <see cref="RateRule"/>. Who has asked too often is told when to come back. One per silo; safe for concurrent use.</summary>
internal sealed class RequestRates(ApiMetrics metrics) : IDisposable
{
    private static readonly RateRule[] s_all =
    [
        RateRule.Enrolment, RateRule.EnrolmentOfAll, RateRule.Authority, RateRule.LookUps, RateRule.Runs, RateRule.Plans, RateRule.Leases, RateRule.Streams,
        RateRule.Requests, RateRule.Management,
    ];

    // The limiters fill up by the system's clock, and forget who has not asked for a while.
    private readonly FrozenDictionary<RateRule, PartitionedRateLimiter<string>> _limiters = s_all.ToFrozenDictionary(
        rule => rule,
        rule => PartitionedRateLimiter.Create<string, string>(whose => RateLimitPartition.GetTokenBucketLimiter(
            whose,
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = rule.Burst,
                TokensPerPeriod = rule.PerPeriod,
                ReplenishmentPeriod = rule.Period,
                QueueLimit = 0,
            })));

    /// <summary>Whether one more may be asked; otherwise the refusal was written.</summary>
    public async ValueTask<bool> TryTakeAsync(HttpContext context, IReadOnlyList<RateRule> rules)
    {
        for (var i = 0; i < rules.Count; i++)
        {
            var rule = rules[i];
            using var lease = _limiters[rule].AttemptAcquire(rule.Whose(context));
            if (!lease.IsAcquired)
            {
                metrics.RateExceeded(rule.Name);
                await RefuseAsync(context, rule, lease);
                return false;
            }
        }

        return true;
    }

    public void Dispose()
    {
        foreach (var limiter in _limiters.Values)
        {
            limiter.Dispose();
        }
    }

    private static Task RefuseAsync(HttpContext context, RateRule rule, RateLimitLease lease)
    {
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : rule.Period;
        var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Problem.WriteAsync(context, Problem.Of(
            ProblemCodes.TooMany,
            $"{rule.What} {rule.Burst} times at once, which is all that is allowed; {rule.PerPeriod} more may follow each {rule.Period.TotalSeconds:0} s. Try again in {seconds} s."));
    }
}

internal static class RequestRatesExtensions
{
    /// <summary>Holds every request to the rules of its endpoint, and of whoever asks. After authorization, which says who that is.</summary>
    public static IApplicationBuilder UseRequestRates(this IApplicationBuilder app, params RateRule[] always)
    {
        var rates = app.ApplicationServices.GetRequiredService<RequestRates>();
        RateRule[] alwaysOfPeers = [.. always, RateRule.Requests];
        return app.Use(async (context, next) =>
        {
            var everybodys = context.Features.Get<PeerCertificate>() is null ? always : alwaysOfPeers;
            if (await rates.TryTakeAsync(context, everybodys) && await rates.TryTakeAsync(context, context.GetEndpoint()?.Metadata.GetOrderedMetadata<RateRule>() ?? []))
            {
                await next(context);
            }
        });
    }

    /// <summary>Holds an endpoint to further rules.</summary>
    public static TBuilder WithRate<TBuilder>(this TBuilder builder, params RateRule[] rules)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(rules);
}
