using System.Globalization;
using Headgate.Grains;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains;

/// <summary>
/// How a grain with memory behaves: check, change, write, publish. What it remembers is written before it is answered; after a write that failed, or was
/// not begun because the caller had gone, memory is thrown away with the activation and the next call reads storage. Interleaving reads are served the view
/// that was published after the last write. A grain without a row refuses and goes.
/// </summary>
/// <typeparam name="TState">The state class.</typeparam>
/// <typeparam name="TView">The immutable record that reads are answered with.</typeparam>
internal abstract class StoredGrain<TState, TView>(IPersistentState<TState> stored, TimeProvider time) : Grain, IVersioned
    where TState : StoredState
    where TView : class
{
    private TView? _view;

    /// <summary>The state in memory. All checks come before the first change of it.</summary>
    protected TState State => stored.State;

    /// <summary>Whether there is a row.</summary>
    protected bool Exists => stored.RecordExists;

    /// <summary>The stored root row's version; 0 when there is none.</summary>
    protected long Version => stored.Etag is { } etag ? long.Parse(etag, CultureInfo.InvariantCulture) : 0;

    /// <summary>The version that its records tell: the stored one, or one that counts administrators' changes only.</summary>
    protected virtual long ToldVersion => Version;

    (string Noun, long Version)? IVersioned.Standing => Exists ? (Noun, ToldVersion) : null;

    /// <summary>The clock, in whole milliseconds as storage keeps them.</summary>
    protected DateTimeOffset Now => time.NowInMilliseconds();

    /// <summary>The grain's key.</summary>
    protected string Key => this.GetPrimaryKeyString();

    /// <summary>The thing and its id, for sentences: <c>tenant 'acme'</c>.</summary>
    protected abstract string Noun { get; }

    /// <summary>The tenant that it is about, for the audit; null where it is nobody's.</summary>
    protected virtual string? Owner => null;

    /// <summary>Why a grain without a row refuses.</summary>
    protected virtual RefusalReason WhenMissing => RefusalReason.NotFound;

    /// <summary>The view that was published last.</summary>
    /// <exception cref="RefusedException">There is no row.</exception>
    protected TView View => _view ?? throw Missing();

    /// <summary>Whether there is a view; interleaving reads ask this instead of <see cref="Exists"/>.</summary>
    protected bool IsPublished => _view is not null;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (Exists)
        {
            _view = Describe();
        }
        return Task.CompletedTask;
    }

    /// <summary>Makes a view of <see cref="State"/>.</summary>
    protected abstract TView Describe();

    /// <exception cref="RefusedException">There is no row.</exception>
    protected void RequireExisting()
    {
        if (!Exists)
        {
            throw Missing();
        }
    }

    /// <exception cref="RefusedException">There is a row.</exception>
    protected void RequireNew()
    {
        if (Exists)
        {
            throw new RefusedException(RefusalReason.Exists, $"There is {(Noun[0] is 'a' or 'e' or 'i' or 'o' ? "an" : "a")} {Noun} already.");
        }
    }

    /// <summary>Writes, then publishes. The caller's token is looked at before the write and never given to it: a write once begun is finished.</summary>
    protected async Task SaveAsync(CancellationToken cancellationToken)
    {
        await WriteAsync(cancellationToken);
        Publish();
    }

    /// <summary>Publishes what need not survive: no write goes before it.</summary>
    protected void Publish() => _view = Describe();

    /// <summary>Writes a state whose mapper takes the rows away, together with its last words; afterwards there is no such thing.</summary>
    protected async Task RemoveAsync(CancellationToken cancellationToken)
    {
        await WriteAsync(cancellationToken);
        _view = null;
        DeactivateOnIdle();
        await stored.ReadStateAsync();
    }

    /// <summary>Adds an entry to the audit that is written with the next <see cref="SaveAsync"/>.</summary>
    protected void Audit(string kind, string what) => State.Audit.Add(new AuditEntry(kind, Actor.Current, what, Owner));

    /// <summary>Adds an event that is written with the next <see cref="SaveAsync"/>.</summary>
    protected void Tell<T>(string audience, string kind, T record) => State.Outbox.Add(EdgeMessage.Of(audience, kind, record));

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            State.Forget(Now);
            await stored.WriteStateAsync();
        }
        catch (Exception exception)
        {
            DeactivateOnIdle();
            // A mapper may refuse inside the transaction, where alone it can be known; it arrives wrapped.
            if (exception is OrleansException { InnerException: RefusedException refused })
            {
                throw new RefusedException(refused.Reason, refused.Message, refused.Version);
            }
            throw;
        }
    }

    private RefusedException Missing()
    {
        DeactivateOnIdle();
        return new RefusedException(WhenMissing, $"There is no {Noun}.");
    }
}
