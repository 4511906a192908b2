using System.Text;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Grains.Accounts;
using Headgate.Silo.Tests.Grains;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Accounts;

public sealed class SecondFactorTests
{
    // RFC 6238 appendix B, SHA-1, the last six of its eight digits.
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void Totp_AtTheTimesOfTheRfc_MakesItsCodes(long seconds, string code)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(seconds);
        Assert.Equal(code, Totp.At("12345678901234567890"u8, now));
        Assert.Equal(seconds / 30, Totp.Find("12345678901234567890"u8, code, now, 0));
    }

    [Fact]
    public async Task Totp_AtThisTime_IsWhatIdentitysProviderTakes()
    {
        var key = Encoding.ASCII.GetBytes("12345678901234567890");
        using var users = new KeyHolder(Base32.Encode(key).ToUpperInvariant());
        var provider = new AuthenticatorTokenProvider<string>();

        Assert.True(await provider.ValidateAsync("TwoFactor", Totp.At(key, DateTimeOffset.UtcNow), users, "anna"));
        Assert.False(await provider.ValidateAsync("TwoFactor", Totp.At(key, DateTimeOffset.UtcNow.AddHours(-1)), users, "anna"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("1234567")]
    [InlineData("12345a")]
    [InlineData("-12345")]
    [InlineData("١٢٣٤٥٦")]
    public void Totp_WithWhatIsNoCode_FindsNothing(string code) =>
        Assert.Null(Totp.Find("12345678901234567890"u8, code, DateTimeOffset.FromUnixTimeSeconds(59), 0));

    [Fact]
    public async Task SignIn_WithASecondFactor_TakesEachCodeOnce()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.AddAsync("anna");
        var (setup, enabled) = await world.AddSecondFactorAsync("anna");
        Assert.Matches("^otpauth://totp/backup\\.test:anna\\?secret=[A-Z2-7]{32}&issuer=backup\\.test&", setup.Uri);
        Assert.True(await world.Account("anna").CheckAsync(enabled.Stamp, default));

        Assert.Equal(SignInOutcome.CodeNeeded, await world.OutcomeAsync("anna", AccountWorld.Password));
        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", AccountWorld.Password, world.Code(setup)));
        Assert.Equal(SignInOutcome.CodeRefused, await world.OutcomeAsync("anna", AccountWorld.Password, world.Code(setup)));
        world.NextCode();
        // As authenticators show it.
        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", AccountWorld.Password, world.Code(setup).Insert(3, " ")));
        Assert.Equal(SignInOutcome.Refused, await world.OutcomeAsync("anna", "a wrong password", world.Code(setup)));
    }

    [Fact]
    public async Task SignIn_WithTheSameCodeManyTimesAtOnce_AcceptsOne()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.AddAsync("anna");
        var (setup, _) = await world.AddSecondFactorAsync("anna");
        var code = world.Code(setup);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => world.OutcomeAsync("anna", AccountWorld.Password, code)));

        Assert.Single(outcomes, SignInOutcome.Accepted);
        Assert.Equal(4, outcomes.Count(outcome => outcome == SignInOutcome.CodeRefused));
    }

    [Fact]
    public async Task SignInWithCode_WhenTheFirstStepNoLongerHolds_TakesNoCode()
    {
        await using var world = await AccountWorld.StartAsync();
        var account = await world.AddAsync("anna");
        var (setup, _) = await world.AddSecondFactorAsync("anna");
        var stamp = (await world.SignInAsync("anna", AccountWorld.Password)).Stamp!;
        Task<SignInAnswer> Show(string proof, AccountRole role = AccountRole.Administrator) =>
            account.SignInWithCodeAsync(new CodeAttempt(proof, world.Code(setup), role, "192.0.2.7"), default);

        Assert.Equal(SignInOutcome.Refused, (await Show("")).Outcome);
        Assert.Equal(SignInOutcome.Refused, (await Show(stamp + "a")).Outcome);
        Assert.Equal(SignInOutcome.Refused, (await Show(stamp, AccountRole.Tenant)).Outcome);
        Assert.Equal(SignInOutcome.Refused, (await world.Account("nobody").SignInWithCodeAsync(new CodeAttempt(stamp, "123456", AccountRole.Administrator, ""), default)).Outcome);

        await account.ChangePasswordAsync(AccountWorld.Password, "another long enough one", default);
        Assert.Equal(SignInOutcome.Refused, (await Show(stamp)).Outcome);

        // None of these spent the code, or counted as a guess.
        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", "another long enough one", world.Code(setup)));
        Assert.Empty(await world.Silo.AuditAsync("sign-in-refused"));
    }

    [Fact]
    public async Task Setup_WithoutThePassword_IsRefusedAndCounted()
    {
        await using var world = await AccountWorld.StartAsync();
        var account = await world.AddAsync("anna");

        var refused = await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => account.PrepareSecondFactorAsync("a wrong password", default));

        Assert.Contains("locked: 4.", refused.Message, StringComparison.Ordinal);
        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => account.EnableSecondFactorAsync("123456", default));
        Assert.Single(await world.Silo.AuditAsync("password-refused"));
    }

    [Fact]
    public async Task SignIn_WithAnOlderCodeAfterANewerOne_IsRefused()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.AddAsync("anna");
        var (setup, _) = await world.AddSecondFactorAsync("anna");
        var older = world.Code(setup);
        world.NextCode();

        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", AccountWorld.Password, world.Code(setup)));
        Assert.Equal(SignInOutcome.CodeRefused, await world.OutcomeAsync("anna", AccountWorld.Password, older));
    }

    [Fact]
    public async Task SignIn_GuessingCodesWithThePassword_IsLockedThoughThePasswordComesBetween()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.AddAsync("anna");
        var (setup, _) = await world.AddSecondFactorAsync("anna");
        for (var i = 0; i < WrongAttempts.Allowed; i++)
        {
            Assert.Equal(SignInOutcome.CodeNeeded, await world.OutcomeAsync("anna", AccountWorld.Password));
            Assert.Equal(SignInOutcome.CodeRefused, await world.OutcomeAsync("anna", AccountWorld.Password, i % 2 == 0 ? "not a code" : new string('9', 100_000)));
        }

        Assert.Equal(SignInOutcome.LockedOut, await world.OutcomeAsync("anna", AccountWorld.Password, world.Code(setup)));
    }

    [Fact]
    public async Task SignIn_WithRecoveryCodes_TakesEachOnce()
    {
        await using var world = await AccountWorld.StartAsync();
        await world.AddAsync("anna");
        var (_, enabled) = await world.AddSecondFactorAsync("anna");
        Assert.Equal(10, enabled.RecoveryCodes.Distinct().Count());

        foreach (var code in enabled.RecoveryCodes)
        {
            Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", AccountWorld.Password, " " + code.ToUpperInvariant().Replace('-', ' ')));
            Assert.Equal(SignInOutcome.CodeRefused, await world.OutcomeAsync("anna", AccountWorld.Password, code));
        }

        Assert.Equal(0, (await world.Account("anna").GetAsync(default)).RecoveryCodesLeft);
        Assert.Equal("account 'anna' from 192.0.2.7; 0 left.", (await world.Silo.AuditAsync("recovery-code-used"))[^1].What);
        await using var db = world.Silo.Read();
        Assert.Equal(0, await db.RecoveryCodes.CountAsync());
    }

    [Fact]
    public async Task Setup_UntilACodeWasShown_LeavesTheOneInForce()
    {
        await using var world = await AccountWorld.StartAsync();
        var account = await world.AddAsync("anna");
        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => account.EnableSecondFactorAsync("123456", default));
        var (first, enabled) = await world.AddSecondFactorAsync("anna");

        var second = await account.PrepareSecondFactorAsync(AccountWorld.Password, default);
        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => account.EnableSecondFactorAsync(world.Code(first), default));
        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", AccountWorld.Password, world.Code(first)));
        var again = await account.EnableSecondFactorAsync(world.Code(second), default);

        Assert.False(await account.CheckAsync(enabled.Stamp, default));
        Assert.Empty(again.RecoveryCodes.Intersect(enabled.RecoveryCodes));
        // The code that put it in force is used.
        Assert.Equal(SignInOutcome.CodeRefused, await world.OutcomeAsync("anna", AccountWorld.Password, world.Code(second)));
        Assert.Equal(SignInOutcome.CodeRefused, await world.OutcomeAsync("anna", AccountWorld.Password, enabled.RecoveryCodes[0]));
        world.NextCode();
        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", AccountWorld.Password, world.Code(second)));
    }

    [Fact]
    public async Task Setup_InTheDatabase_IsSealed()
    {
        await using var world = await AccountWorld.StartAsync();
        var account = await world.AddAsync("anna");
        var (inForce, enabled) = await world.AddSecondFactorAsync("anna");
        var prepared = await account.PrepareSecondFactorAsync(AccountWorld.Password, default);

        await using var db = world.Silo.Read();
        var row = await db.Accounts.SingleAsync();
        foreach (var setup in new[] { inForce, prepared })
        {
            var key = new byte[Totp.KeyBytes];
            Assert.True(Base32.TryDecode(setup.Key.ToLowerInvariant(), key));
            Assert.Equal(-1, row.AuthenticatorKey.AsSpan().IndexOf(key));
            Assert.Equal(-1, row.PreparedKey.AsSpan().IndexOf(key));
        }
        var hashes = await db.RecoveryCodes.Select(code => code.CodeSha256).ToListAsync();
        Assert.Equal(10, hashes.Count);
        Assert.All(hashes, hash => Assert.Equal(32, hash.Length));
        Assert.DoesNotContain(await db.Audit.ToListAsync(), entry => entry.What.Contains(inForce.Key, StringComparison.Ordinal) || enabled.RecoveryCodes.Any(entry.What.Contains));
    }

    [Fact]
    public async Task Disable_ByTheUser_NeedsThePasswordAndEndsOtherSessions()
    {
        await using var world = await AccountWorld.StartAsync();
        var account = await world.AddAsync("anna");
        await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => account.DisableSecondFactorAsync(AccountWorld.Password, default));
        var (_, enabled) = await world.AddSecondFactorAsync("anna");

        var refused = await SiloWorld.RefusedAsync(RefusalReason.Invalid, () => account.DisableSecondFactorAsync("a wrong password", default));
        Assert.Contains("locked: 4.", refused.Message, StringComparison.Ordinal);
        Assert.True(await account.CheckAsync(enabled.Stamp, default));
        var stamp = await account.DisableSecondFactorAsync(AccountWorld.Password, default);

        Assert.True(await account.CheckAsync(stamp, default));
        Assert.False(await account.CheckAsync(enabled.Stamp, default));
        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", AccountWorld.Password));
    }

    [Fact]
    public async Task Clear_ByAnAdministrator_EndsTheSessions()
    {
        await using var world = await AccountWorld.StartAsync();
        var account = await world.AddAsync("anna");
        var (_, enabled) = await world.AddSecondFactorAsync("anna");

        var info = await account.ClearSecondFactorAsync(default);

        Assert.Equal((false, 0), (info.HasSecondFactor, info.RecoveryCodesLeft));
        Assert.False(await account.CheckAsync(enabled.Stamp, default));
        Assert.Equal(SignInOutcome.Accepted, await world.OutcomeAsync("anna", AccountWorld.Password));
        Assert.Equal(info.Version, (await account.ClearSecondFactorAsync(default)).Version);
        Assert.Single(await world.Silo.AuditAsync("second-factor-cleared"));
    }

    /// <summary>As much of Identity's users as its provider asks for.</summary>
    private sealed class KeyHolder(string key) : UserManager<string>(new NoUsers(), null!, null!, [], [], null!, null!, null!, null!)
    {
        public override Task<string?> GetAuthenticatorKeyAsync(string user) => Task.FromResult<string?>(key);

        private sealed class NoUsers : IUserStore<string>
        {
            public void Dispose()
            {
            }

            public Task<string> GetUserIdAsync(string user, CancellationToken cancellationToken) => Task.FromResult(user);

            public Task<string?> GetUserNameAsync(string user, CancellationToken cancellationToken) => Task.FromResult<string?>(user);

            public Task<string?> GetNormalizedUserNameAsync(string user, CancellationToken cancellationToken) => Task.FromResult<string?>(user);

            public Task SetUserNameAsync(string user, string? userName, CancellationToken cancellationToken) => throw new NotSupportedException();

            public Task SetNormalizedUserNameAsync(string user, string? normalizedName, CancellationToken cancellationToken) => throw new NotSupportedException();

            public Task<IdentityResult> CreateAsync(string user, CancellationToken cancellationToken) => throw new NotSupportedException();

            public Task<IdentityResult> UpdateAsync(string user, CancellationToken cancellationToken) => throw new NotSupportedException();

            public Task<IdentityResult> DeleteAsync(string user, CancellationToken cancellationToken) => throw new NotSupportedException();

            public Task<string?> FindByIdAsync(string userId, CancellationToken cancellationToken) => throw new NotSupportedException();

            public Task<string?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) => throw new NotSupportedException();
        }
    }
}
