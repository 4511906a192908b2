using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Grains.Accounts;
using Headgate.Silo.Tests.Grains;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Accounts;

/// <summary>A silo whose passwords cost little, and what people do at its sign-in page.</summary>
internal sealed class AccountWorld : IAsyncDisposable
{
    public const string Password = "a long enough one";

    private AccountWorld(SiloWorld silo) => Silo = silo;

    public SiloWorld Silo { get; }

    public static async Task<AccountWorld> StartAsync() => new(await SiloWorld.StartAsync(services =>
        services.PostConfigure<PasswordHasherOptions>(hasher => hasher.IterationCount = 1000)));

    public IAccountGrain Account(string name) => Silo.Grains.GetGrain<IAccountGrain>(name);

    public async Task<IAccountGrain> AddAsync(string name, string password = Password)
    {
        await Account(name).CreateAsync(new CreateAccount(name, AccountRole.Administrator, null, password, false), default);
        return Account(name);
    }

    /// <summary>The first step, and the second one where it is asked for and there is a code.</summary>
    public async Task<SignInAnswer> SignInAsync(string name, string password, string? code = null, AccountRole role = AccountRole.Administrator)
    {
        var answer = await Account(name).SignInAsync(new SignInAttempt(password, role, "192.0.2.7"), default);
        return answer.Outcome == SignInOutcome.CodeNeeded && code is not null
            ? await Account(name).SignInWithCodeAsync(new CodeAttempt(answer.Stamp!, code, role, "192.0.2.7"), default)
            : answer;
    }

    public async Task<SignInOutcome> OutcomeAsync(string name, string password, string? code = null) => (await SignInAsync(name, password, code)).Outcome;

    /// <summary>Guesses until the account is locked; answers when that ends.</summary>
    public async Task<DateTimeOffset> LockAsync(string name)
    {
        for (var i = 0; i < WrongAttempts.Allowed; i++)
        {
            Assert.Equal(SignInOutcome.Refused, await OutcomeAsync(name, $"wrong password {i}"));
        }
        var locked = await SignInAsync(name, Password);
        Assert.Equal(SignInOutcome.LockedOut, locked.Outcome);
        return locked.LockedUntil!.Value;
    }

    /// <summary>The authenticator of a setup, at the world's time.</summary>
    public string Code(SecondFactorSetup setup)
    {
        var key = new byte[Totp.KeyBytes];
        Assert.True(Base32.TryDecode(setup.Key.ToLowerInvariant(), key));
        return Totp.At(key, Silo.Time.GetUtcNow());
    }

    public async Task<(SecondFactorSetup Setup, EnabledSecondFactor Enabled)> AddSecondFactorAsync(string name)
    {
        var setup = await Account(name).PrepareSecondFactorAsync(Password, default);
        var enabled = await Account(name).EnableSecondFactorAsync(Code(setup), default);
        NextCode();
        return (setup, enabled);
    }

    public void NextCode() => Silo.Time.Advance(TimeSpan.FromSeconds(30));

    public ValueTask DisposeAsync() => Silo.DisposeAsync();
}
