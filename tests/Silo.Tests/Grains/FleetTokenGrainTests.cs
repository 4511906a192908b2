using System.Text;
using Headgate.Grains;
using Headgate.Protocol.Enrolment;
using Microsoft.EntityFrameworkCore;
using Orleans.Storage;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

public sealed class FleetTokenGrainTests
{
    [Fact]
    public async Task EnrolAsync_WhenOpen_MakesAGatewayThatIsHeardAndListed()
    {
        await using var silo = await StartAsync();
        var token = silo.Grains.GetGrain<IFleetTokenGrain>("summer");
        var created = await token.CreateAsync(new CreateFleetToken("Summer fleet", ["gold"], 70, 3, TimeSpan.FromDays(2)), default);
        Assert.True(EnrolmentCode.TryParse(created.Code, out var code), created.Code);
        Assert.Equal((true, "summer", "127.0.0.1", 6181), (code.IsFleet, code.Subject, code.Host, code.Port));

        var certificate = await token.EnrolAsync(Claim(code.Secret, "gtw7", 7, GatewayMode.Nat), default);

        Assert.Equal("urn:headgate:gateway:gtw7", certificate.Identity);
        var gateway = await silo.Gateway("gtw7").GetAsync(default);
        Assert.Equal((GatewayMode.Nat, "192.0.2.7", 6180, 70, true), (gateway.Mode, gateway.Host, gateway.Port, gateway.Weight, gateway.Enrolled));
        Assert.Equal(["gold"], gateway.Pools);
        await silo.Gateway("gtw7").CheckAsync(certificate.Serial, default);
        await silo.HeardAsync("gtw7");
        Assert.Equal("gtw7", (await silo.Pool("gold").GetAsync(default)).Members.Single().Gateway);
        Assert.Contains(await silo.EventsAsync(), row => row.Kind == "gateway-changed" && row.Payload.Contains("gtw7", StringComparison.Ordinal));
        var listed = (await silo.Grains.GetGrain<IDirectory>("directory").ListFleetTokensAsync(new PageRequest(0, 10, "SUMMER f"), default)).Items.Single();
        var own = await token.GetAsync(default);
        Assert.Equal(["gtw7"], own.Gateways);
        Assert.Equal(
            (own.Token, own.Name, "gold", 70, 3, "gtw7", own.Created, own.Expires, false),
            (listed.Token, listed.Name, listed.Pools.Single(), listed.Weight, listed.MaxGateways, listed.Gateways.Single(), listed.Created, listed.Expires, listed.Revoked));
        Assert.Contains((await silo.Grains.GetGrain<IChangeLog>("all").ReadAsync(0, default)).Changes, change => change is { Kind: SubjectKind.FleetToken, Key: "summer" });
        await using var db = silo.Read();
        Assert.DoesNotContain(await db.Audit.ToListAsync(), row => row.What.Contains(code.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task EnrolAsync_WhenTheSameKeyComesAgain_AnswersTheSameForTenMinutes()
    {
        await using var silo = await StartAsync();
        var (token, secret) = await AddAsync(silo, 1, TimeSpan.FromMinutes(5));
        var first = await token.EnrolAsync(Claim(secret, "gtw1", 1), default);
        silo.Time.Advance(TimeSpan.FromMinutes(9));
        // Used up and ended, and yet an answer that got lost can be had again.
        Assert.Equal(first.Serial, (await token.EnrolAsync(Claim(secret, "gtw1", 1), default)).Serial);
        silo.Time.Advance(TimeSpan.FromMinutes(2));
        await RefusedAsync(RefusalReason.Exists, () => token.EnrolAsync(Claim(secret, "gtw1", 1), default));
        Assert.Single((await token.GetAsync(default)).Gateways);
    }

    [Fact]
    public async Task EnrolAsync_WhenTheGatewayExistsWithAnotherKey_RefusesAndAudits()
    {
        await using var silo = await StartAsync();
        var before = (await silo.AddGatewayAsync("gtw1", 1), await silo.Gateway("gtw1").GetAsync(default)).Item2;
        await silo.Gateway("gtw2").CreateAsync(new CreateGateway(GatewayMode.Direct, "192.0.2.2", 6180, 100, []), default);
        var (token, secret) = await AddAsync(silo, 2);
        await token.EnrolAsync(Claim(secret, "gtw3", 3), default);

        foreach (var (id, key) in new[] { ("gtw1", "key-1"), ("gtw2", "key-1"), ("gtw3", "another") })
        {
            var refused = await RefusedAsync(RefusalReason.Exists, () => token.EnrolAsync(Claim(secret, id, 30, key: key), default));
            Assert.Contains($"gateway '{id}'", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["gtw1", "gtw2", "gtw3"], (await silo.AuditAsync("gateway-exists")).Select(row => row.What.Split('\'')[3]));
        Assert.Equal(["gtw3"], (await token.GetAsync(default)).Gateways);
        Assert.Equal(before.Host, (await silo.Gateway("gtw1").GetAsync(default)).Host);
        // The place that was given back serves another.
        await token.EnrolAsync(Claim(secret, "gtw4", 4), default);
    }

    [Fact]
    public async Task EnrolAsync_WhenManyComeAtOnce_EnrolsExactlyAsManyAsItMay()
    {
        const int Max = 5;
        await using var silo = await StartAsync();
        await using var beside = await silo.BesideAsync();
        var (_, secret) = await AddAsync(silo, Max);

        var outcomes = await Task.WhenAll(Enumerable.Range(1, 40).Select(number => TryAsync(number % 2 == 0 ? silo : beside, number)));

        await using var again = await silo.BesideAsync();
        await using var db = silo.Read();
        var gateways = await db.Gateways.Select(row => row.Id).Order().ToListAsync();
        Assert.Equal(Max, gateways.Count);
        Assert.Equal(Max, outcomes.Count(outcome => outcome is null));
        Assert.All(outcomes.Where(outcome => outcome is not null), outcome => Assert.Equal(RefusalReason.CodeUsed, outcome));
        Assert.Equal(gateways, (await Token(again).GetAsync(default)).Gateways.Order(StringComparer.Ordinal));

        async Task<RefusalReason?> TryAsync(SiloWorld world, int number)
        {
            // Two silos over one database lose races to each other; the loser tries again, as a gateway does.
            while (true)
            {
                try
                {
                    await Token(world).EnrolAsync(Claim(secret, $"gtw{number}", number), default);
                    return null;
                }
                catch (RefusedException refused)
                {
                    return refused.Reason;
                }
                catch (Exception exception) when (exception is InconsistentStateException || exception.InnerException is InconsistentStateException)
                {
                    // Next turn.
                }
            }
        }
    }

    [Fact]
    public async Task EnrolAsync_WhenTwoGatewaysWantOneIdOrAddress_OneGetsIt()
    {
        await using var silo = await StartAsync();
        var (token, secret) = await AddAsync(silo, 10);
        var same = await Task.WhenAll(Enumerable.Range(1, 4).Select(number => OutcomeAsync(token, Claim(secret, "gtw1", number, key: $"key-{number}"))));
        Assert.Equal([null, RefusalReason.Exists, RefusalReason.Exists, RefusalReason.Exists], same.Order());
        var address = await Task.WhenAll(Enumerable.Range(2, 4).Select(number => OutcomeAsync(token, Claim(secret, $"gtw{number}", 99))));
        Assert.Equal([null, RefusalReason.Exists, RefusalReason.Exists, RefusalReason.Exists], address.Order());
        Assert.Equal(2, (await token.GetAsync(default)).Gateways.Length);
    }

    [Fact]
    public async Task EnrolAsync_WhenTheTokenCannotServe_SaysWhy()
    {
        await using var silo = await StartAsync();
        var (token, secret) = await AddAsync(silo, 2, TimeSpan.FromHours(1));
        await RefusedAsync(RefusalReason.CodeRefused, () => token.EnrolAsync(Claim((secret[0] == 'x' ? "y" : "x") + secret[1..], "gtw1", 1), default));
        await RefusedAsync(RefusalReason.NotFound, () => silo.Grains.GetGrain<IFleetTokenGrain>("winter").EnrolAsync(Claim(secret, "gtw1", 1), default));
        await RefusedAsync(RefusalReason.Invalid, () => token.EnrolAsync(Claim(secret, "Not An Id", 1), default));
        await RefusedAsync(RefusalReason.Invalid, () => token.EnrolAsync(Claim(secret, "gtw1", 1) with { Host = "no host" }, default));
        await RefusedAsync(RefusalReason.Invalid, () => token.EnrolAsync(Claim(secret, "gtw1", 1) with { PublicKey = [] }, default));
        Assert.Empty((await token.GetAsync(default)).Gateways);
        await RefusedAsync(RefusalReason.NotFound, () => silo.Gateway("gtw1").GetAsync(default));

        silo.Time.Advance(TimeSpan.FromHours(1));
        var ended = await RefusedAsync(RefusalReason.CodeRefused, () => token.EnrolAsync(Claim(secret, "gtw1", 1), default));
        Assert.Contains("ended at ", ended.Message, StringComparison.Ordinal);
        var (revoked, other) = await AddAsync(silo, 2, id: "autumn");
        await revoked.EnrolAsync(Claim(other, "gtw2", 2), default);
        Assert.True((await revoked.RevokeAsync(default)).Revoked);
        Assert.True((await revoked.RevokeAsync(default)).Revoked);
        var refused = await RefusedAsync(RefusalReason.CodeRefused, () => revoked.EnrolAsync(Claim(other, "gtw2", 2), default));
        Assert.Contains("revoked", refused.Message, StringComparison.Ordinal);
        Assert.True((await silo.Gateway("gtw2").GetAsync(default)) is { Enrolled: true, Revoked: false });
        Assert.Single(await silo.AuditAsync("fleet-token-revoked"));
    }

    [Fact]
    public async Task CreateAsync_WhenAValueCannotBe_NamesIt()
    {
        await using var silo = await StartAsync();
        var good = new CreateFleetToken("Summer", [], 100, 10, TimeSpan.FromDays(1));
        foreach (var (bad, field) in new[]
        {
            (good with { Name = "" }, "name"), (good with { Name = new string('x', 101) }, "name"), (good with { Pools = ["No Pool"] }, "pools"),
            (good with { Weight = 0 }, "weight"), (good with { MaxGateways = 1001 }, "maxGateways"), (good with { MaxGateways = 0 }, "maxGateways"),
            (good with { Lifetime = TimeSpan.FromSeconds(59) }, "lifetime"), (good with { Lifetime = TimeSpan.FromDays(367) }, "lifetime"),
        })
        {
            var refused = await RefusedAsync(RefusalReason.Invalid, () => Token(silo).CreateAsync(bad, default));
            Assert.StartsWith(field + ":", refused.Message, StringComparison.Ordinal);
        }
        await Token(silo).CreateAsync(good, default);
        await RefusedAsync(RefusalReason.Exists, () => Token(silo).CreateAsync(good, default));
    }

    private static IFleetTokenGrain Token(SiloWorld silo, string id = "summer") => silo.Grains.GetGrain<IFleetTokenGrain>(id);

    private static async Task<(IFleetTokenGrain Token, string Secret)> AddAsync(SiloWorld silo, int max, TimeSpan? lifetime = null, string id = "summer")
    {
        var created = await Token(silo, id).CreateAsync(new CreateFleetToken(id, [], 100, max, lifetime ?? TimeSpan.FromDays(1)), default);
        Assert.True(EnrolmentCode.TryParse(created.Code, out var code));
        return (Token(silo, id), code.Secret);
    }

    private static FleetClaim Claim(string secret, string gateway, int number, GatewayMode mode = GatewayMode.Direct, string key = "key-1") =>
        new(secret, [.. Encoding.UTF8.GetBytes(key)], gateway, mode, $"192.0.2.{number}", 6180);

    private static async Task<RefusalReason?> OutcomeAsync(IFleetTokenGrain token, FleetClaim claim)
    {
        try
        {
            await token.EnrolAsync(claim, default);
            return null;
        }
        catch (RefusedException refused)
        {
            return refused.Reason;
        }
    }
}
