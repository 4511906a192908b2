using Headgate.Grains;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Headgate.Silo.Grains.Accounts;

/// <summary>
/// Hashes and compares passwords (PBKDF2-HMAC-SHA512, Identity's format), off the grains' threads. A comparison costs a tenth of a second of a processor on purpose, so whoever
/// guesses many names at once could take the silo's processors away from everybody: half of them work here at most, and few wait. Safe for concurrent use.
/// </summary>
internal sealed class PasswordWork : IDisposable
{
    /// <summary>What the OWASP names for PBKDF2-HMAC-SHA512.</summary>
    public const int Iterations = 210_000;

    /// <summary>How many may wait; more are refused at once, for they would wait longer than people do.</summary>
    public const int MaxWaiting = 64;

    private readonly PasswordHasher<string> _hasher;
    private readonly AccountMetrics _metrics;
    private readonly SemaphoreSlim _gate = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly Lazy<string> _nobodys;
    private int _waiting;

    public PasswordWork(IOptions<PasswordHasherOptions> options, AccountMetrics metrics)
    {
        _hasher = new PasswordHasher<string>(options);
        _metrics = metrics;
        _nobodys = new(() => _hasher.HashPassword("", PasswordRules.Make()));
    }

    /// <summary>A new hash with a salt of its own.</summary>
    /// <exception cref="RefusedException">Too many wait.</exception>
    public Task<string> HashAsync(string password, CancellationToken cancellationToken) =>
        RunAsync(() => _hasher.HashPassword("", password), cancellationToken);

    /// <summary>Whether it is the password, and whether its hash is of an older kind and should be made anew.</summary>
    /// <exception cref="RefusedException">Too many wait.</exception>
    public Task<PasswordVerificationResult> CompareAsync(string hash, string password, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            _metrics.Compared();
            return _hasher.VerifyHashedPassword("", hash, password);
        },
        cancellationToken);

    /// <summary>The work of a comparison, for a name that has no account.</summary>
    /// <exception cref="RefusedException">Too many wait.</exception>
    public Task WasteAsync(string password, CancellationToken cancellationToken) =>
        RunAsync(() => _hasher.VerifyHashedPassword("", _nobodys.Value, password), cancellationToken);

    public void Dispose() => _gate.Dispose();

    private async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            _metrics.SignIn("busy");
            throw new RefusedException(
                RefusalReason.Unavailable, $"{MaxWaiting} people's passwords are being compared and no more may wait. Try again in a few seconds.");
        }
        try
        {
            await _gate.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
        try
        {
            return await Task.Run(work, CancellationToken.None);
        }
        finally
        {
            _gate.Release();
        }
    }
}
