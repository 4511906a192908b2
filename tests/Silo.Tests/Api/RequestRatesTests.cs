using System.Net;
using System.Text.Json;
using Headgate.Protocol;
using Headgate.Protocol.Naming;
using Headgate.Silo.Authorization;
using Headgate.Silo.Listening;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Api;

/// <summary>Each rule by itself: its burst passes, what comes after it is told when to come back, and others are not touched.</summary>
public sealed class RequestRatesTests
{
    public static TheoryData<string> Rules => [.. All.Select(rule => rule.Name)];

    private static RateRule[] All =>
    [
        RateRule.Enrolment, RateRule.EnrolmentOfAll, RateRule.Authority, RateRule.LookUps, RateRule.Runs, RateRule.Plans, RateRule.Leases, RateRule.Streams, RateRule.Requests,
        RateRule.Management,
    ];

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task TryTakeAsync_BeyondTheBurst_RefusesInWordsAndOnlyThatOne(string name)
    {
        var rule = All.Single(known => known.Name == name);
        using var provider = new ServiceCollection().AddMetrics().AddSingleton<ApiMetrics>().BuildServiceProvider();
        using var rates = new RequestRates(provider.GetRequiredService<ApiMetrics>());
        var passed = 0;

        // The bucket fills up while the burst is taken; much faster than that nobody can be.
        while (passed < 20 * rule.Burst && await rates.TryTakeAsync(Request("one"), [rule]))
        {
            passed++;
        }

        Assert.InRange(passed, rule.Burst, (20 * rule.Burst) - 1);
        var refused = Request("one");
        while (await rates.TryTakeAsync(refused, [rule]))
        {
        }

        refused.Response.Body.Position = 0;
        var said = (await JsonSerializer.DeserializeAsync(refused.Response.Body, ProtocolJson.Default.ProblemAnswer))!.Detail;
        Assert.Equal(429, refused.Response.StatusCode);
        Assert.Contains(rule.What, said, StringComparison.Ordinal);
        Assert.Contains($"{rule.Burst} times", said, StringComparison.Ordinal);
        Assert.True(int.Parse(refused.Response.Headers.RetryAfter.ToString(), System.Globalization.CultureInfo.InvariantCulture) >= 1);
        if (rule != RateRule.EnrolmentOfAll && rule != RateRule.Management)
        {
            Assert.True(await rates.TryTakeAsync(Request("two"), [rule]));
            return;
        }

        // One bucket for all, which fills up: right behind a refusal of one the other is refused too, sooner or later.
        const int Most = 50;
        var passes = 0;
        do
        {
            while (await rates.TryTakeAsync(Request("one"), [rule]))
            {
            }
        }
        while (await rates.TryTakeAsync(Request("two"), [rule]) && ++passes < Most);

        Assert.InRange(passes, 0, Most - 1);
    }

    private static DefaultHttpContext Request(string who)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(who == "one" ? "192.0.2.1" : "192.0.2.2");
        context.Response.Body = new MemoryStream();
        context.Features.Set(new PeerCertificate(
            new CertificateIdentity(CertificateRole.Connector, $"{who}/desk"), "00", DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue));
        return context;
    }
}
