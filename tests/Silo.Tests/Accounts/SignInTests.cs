using System.Diagnostics.Metrics;
using Headgate.Grains;
using Headgate.Silo.Grains.Accounts;
using Headgate.Silo.Tests.Grains;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Accounts;

public sealed class SignInTests
{
    [Fact]
    public async Task SignIn_WithThePassword_IsAcceptedAndItsStampHolds()
    {
        await using var world = await AccountWorld.StartAsync();
        var account = await world.AddAsync("anna");

        var answer = await world.SignInAsync("anna", AccountWorld.Password);

        Assert.Equal(SignInOutcome.Accepted, answer.Outcome);
        Assert.Equal(("anna", world.Silo.Time.GetUtcNow()), (answer.Account!.Account, answer.Account.LastSignIn!.Value));
        Assert.True(await account.CheckAsync(answer.Stamp!, default));
        Assert.False(await account.CheckAsync(answer.Stamp + "a", default));
        Assert.False(await account.CheckAsync("", default));
        var entry = Assert.Single(await world.Silo.AuditAsync("signed-in"));
        Assert.Equal(("anna", "account 'anna' from 192.0.2.7."), (entry.Who, entry.What));
    }

    [Fact]
    public async Task SignIn_AfterFiveWrong_IsLockedForFiveMinutesThenLongerUpToAnHour()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.AddAsync("anna");

        foreach (var minutes in new[] { 5, 10, 20, 40, 60, 60 })
        {
            var until = await world.LockAsync("anna");
            Assert.Equal(world.Silo.Time.GetUtcNow().AddMinutes(minutes), until);
            Assert.Equal(until, (await world.Account("anna").GetAsync(default)).LockedUntil);
            world.Silo.Time.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(SignInOutcome.LockedOut, await world.OutcomeAsync("anna", AccountWorld.Password));
            world.Silo.Time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Null((await world.Account("anna").GetAsync(default)).LockedUntil);
        }
        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", AccountWorld.Password));

        Assert.Equal(world.Silo.Time.GetUtcNow().AddMinutes(5), await world.LockAsync("anna"));
        Assert.Equal(7, (await world.Silo.AuditAsync("account-locked")).Count);
    }

    [Fact]
    public async Task SignIn_WhenTheSiloRestarts_StaysLocked()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.AddAsync("anna");
        var until = await world.LockAsync("anna");
        await using var beside = await world.Silo.BesideAsync();

        var answer = await beside.Grains.GetGrain<IAccountGrain>("anna").SignInAsync(new(AccountWorld.Password, AccountRole.Administrator, "192.0.2.7"), default);

        Assert.Equal((SignInOutcome.LockedOut, until), (answer.Outcome, answer.LockedUntil));
    }

    [Fact]
    public async Task SignIn_ByAHundredAtOnce_ComparesFive()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.AddAsync("anna");
        using var compared = new Counted(world.Silo.Services, "headgate.silo.password_comparisons");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => world.OutcomeAsync("anna", $"parallel guess {i}")));

        Assert.Equal(5, compared.Sum);
        Assert.Equal(5, outcomes.Count(outcome => outcome == SignInOutcome.Refused));
        Assert.Equal(95, outcomes.Count(outcome => outcome == SignInOutcome.LockedOut));
        Assert.Equal(5, (await world.Silo.AuditAsync("sign-in-refused")).Count);
    }

    [Fact]
    public async Task SignIn_WhenTheCallerGoesAway_CountsTheGuessAllTheSame()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.AddAsync("anna");
        using var compared = new Counted(world.Silo.Services, "headgate.silo.password_comparisons");

        for (var i = 0; i < 20; i++)
        {
            using var gone = new CancellationTokenSource();
            var call = world.Account("anna").SignInAsync(new($"guess and go {i}", AccountRole.Administrator, "192.0.2.7"), gone.Token);
            await gone.CancelAsync();
            await Record.ExceptionAsync(() => call);
        }
        // Behind the abandoned ones in the queue.
        await world.SignInAsync("anna", "one more wrong one");

        var counted = (await world.Silo.AuditAsync("sign-in-refused")).Count;
        Assert.Equal(compared.Sum, counted);
        Assert.InRange(counted, 1, 5);
    }

    [Fact]
    public async Task SignIn_ToNoAccount_AnswersLikeAWrongPasswordAndWritesNothing()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.AddAsync("anna");
        var known = new List<SignInAnswer>();
        var unknown = new List<SignInAnswer>();
        using var outcomes = new Counted(world.Silo.Services, "headgate.silo.sign_ins");
        for (var i = 0; i < 8; i++)
        {
            known.Add(await world.SignInAsync("anna", "a wrong password"));
            unknown.Add(await world.SignInAsync("nobody", "a wrong password"));
        }

        Assert.Equal(known, unknown);
        Assert.Equal(SignInOutcome.LockedOut, unknown[^1].Outcome);
        Assert.Equal(5, outcomes.Of("unknown"));
        await using var db = world.Silo.Read();
        Assert.Equal("anna", (await db.Accounts.SingleAsync()).Id);
        Assert.DoesNotContain(await db.Audit.ToListAsync(), entry => entry.What.Contains("nobody", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SignIn_AtTheOtherSite_IsRefusedAndLocksNobodyOut()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.AddAsync("anna");

        for (var i = 0; i < 8; i++)
        {
            var answer = await world.SignInAsync("anna", AccountWorld.Password, role: AccountRole.Tenant);
            Assert.Equal(i < 5 ? SignInOutcome.Refused : SignInOutcome.LockedOut, answer.Outcome);
        }

        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", AccountWorld.Password));
        Assert.Empty(await world.Silo.AuditAsync("sign-in-refused"));
    }

    [Theory]
    [InlineData("anna", 257)]
    [InlineData("anna", 1_000_000)]
    [InlineData("Anna", 17)]
    [InlineData("../anna", 17)]
    [InlineData("anna\0", 17)]
    [InlineData("' OR 1=1 --", 17)]
    [InlineData("-anna", 17)]
    [InlineData("анна", 17)]
    public async Task SignIn_WithWhatCannotBe_IsRefusedBeforeAnythingIsHashed(string name, int length)
    {
        await using var world = await AccountWorld.StartAsync();
        await world.AddAsync("anna");
        using var outcomes = new Counted(world.Silo.Services, "headgate.silo.sign_ins");
        using var compared = new Counted(world.Silo.Services, "headgate.silo.password_comparisons");

        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(SignInOutcome.Refused, await world.OutcomeAsync(name, new string('p', length)));
        }

        Assert.Equal((6, 0), (outcomes.Of("malformed"), compared.Sum));
        Assert.Empty(await world.Silo.AuditAsync("sign-in-refused"));
        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", AccountWorld.Password));
    }

    [Fact]
    public async Task SignIn_WithAnOldHash_MakesItAnew()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.AddAsync("anna");
        await using (var db = world.Silo.Read())
        {
            var old = new PasswordHasher<string>(Microsoft.Extensions.Options.Options.Create(new PasswordHasherOptions { IterationCount = 10 })).HashPassword("", AccountWorld.Password);
            await db.Accounts.ExecuteUpdateAsync(set => set.SetProperty(row => row.PasswordHash, old));
        }
        await using var beside = await world.Silo.BesideAsync();
        var account = beside.Grains.GetGrain<IAccountGrain>("anna");

        Assert.Equal(SignInOutcome.Accepted, (await account.SignInAsync(new(AccountWorld.Password, AccountRole.Administrator, "192.0.2.7"), default)).Outcome);

        await using var after = world.Silo.Read();
        var hash = (await after.Accounts.SingleAsync()).PasswordHash;
        // Byte 5 to 8 of Identity's third format are the iterations, big-endian.
        Assert.Equal(1000, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(Convert.FromBase64String(hash).AsSpan(5)));
        Assert.DoesNotContain(AccountWorld.Password, hash, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignIn_WithAHostileSource_AuditsItShortAndClean()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.AddAsync("anna");

        await world.Account("anna").SignInAsync(new("a wrong password", AccountRole.Administrator, "\u001b[2J\r\n" + new string('x', 10_000)), default);

        var entry = Assert.Single(await world.Silo.AuditAsync("sign-in-refused"));
        Assert.DoesNotContain(entry.What + entry.Who, char.IsControl);
        Assert.InRange(entry.What.Length, 20, 200);
    }

    [Fact]
    public void UnknownNames_WhenFull_ForgetTheOldest()
    {
        var names = new UnknownNames();
        var now = DateTimeOffset.UnixEpoch;
        for (var i = 0; i < UnknownNames.Capacity + 1; i++)
        {
            for (var wrong = 0; wrong < WrongAttempts.Allowed; wrong++)
            {
                names.Another(AccountRole.Tenant, $"name{i}", now);
            }
        }

        Assert.Null(names.LockedAt(AccountRole.Tenant, "name0", now));
        Assert.NotNull(names.LockedAt(AccountRole.Tenant, "name1", now));
        Assert.NotNull(names.LockedAt(AccountRole.Tenant, $"name{UnknownNames.Capacity}", now));
        Assert.Null(names.LockedAt(AccountRole.Administrator, "name1", now));
    }

    [Fact]
    public async Task Work_WhenMoreWaitThanMay_RefusesTheRestAndThenServes()
    {
        await using var world = await AccountWorld.StartAsync();
        using var outcomes = new Counted(world.Silo.Services, "headgate.silo.sign_ins");
        using var passwords = ActivatorUtilities.CreateInstance<PasswordWork>(world.Silo.Services, Microsoft.Extensions.Options.Options.Create(new PasswordHasherOptions { IterationCount = 30_000 }));

        var hashes = Enumerable.Range(0, 3 * PasswordWork.MaxWaiting).Select(i => passwords.HashAsync($"password {i}", default)).ToArray();
        var refused = hashes.Count(hash => hash.IsFaulted);

        Assert.InRange(refused, 1, (2 * PasswordWork.MaxWaiting) - 1);
        Assert.Equal(refused, outcomes.Of("busy"));
        foreach (var hash in hashes.Where(hash => hash.IsFaulted))
        {
            await SiloWorld.RefusedAsync(RefusalReason.Unavailable, () => hash);
        }
        await Task.WhenAll(hashes.Where(hash => !hash.IsFaulted));
    }

    /// <summary>Sums a counter of one silo.</summary>
    private sealed class Counted : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly List<(long Value, object? Outcome)> _seen = [];

        public Counted(IServiceProvider services, string name)
        {
            var factory = services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == name && instrument.Meter.Scope == factory)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            {
                lock (_seen)
                {
                    _seen.Add((value, tags.Length > 0 ? tags[0].Value : null));
                }
            });
            _listener.Start();
        }

        public long Sum
        {
            get
            {
                lock (_seen)
                {
                    return _seen.Sum(seen => seen.Value);
                }
            }
        }

        public long Of(string outcome)
        {
            lock (_seen)
            {
                return _seen.Where(seen => Equals(seen.Outcome, outcome)).Sum(seen => seen.Value);
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
