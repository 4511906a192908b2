using System.Globalization;
using Headgate.Grains;
using Headgate.Silo.Storage.Mapping;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Headgate.Silo.Storage;

/// <summary>
/// Grain storage over real tables: one mapper per state class, the root row's version as the ETag. What a state has for the edge log and the audit is written
/// in its transaction, and so is that it has changed. A lost race is an <see cref="InconsistentStateException"/>, a broken constraint a <see cref="UniqueConstraintException"/>.
/// </summary>
internal sealed class GrainStore(
    IDbContextFactory<SiloDbContext> contexts, ISiloWriter writer, IServiceProvider services, TimeProvider time) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var binding = Bind<T>();
        await using var db = await contexts.CreateDbContextAsync();
        // The reads of one state see one moment.
        await using var snapshot = await db.BeginReadAsync(CancellationToken.None);
        var loaded = await binding.LoadAsync(db, Key(grainId));
        (grainState.State, grainState.ETag, grainState.RecordExists) = loaded is { } found
            ? (found.State, ETag(found.Version), true)
            : (Activator.CreateInstance<T>(), null, false);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var binding = Bind<T>();
        var key = Key(grainId);
        var expected = Version(grainState.ETag);
        var state = (StoredState)(object)grainState.State!;
        try
        {
            await writer.WriteAsync(
                async (db, token) =>
                {
                    await (expected is { } version
                        ? binding.UpdateAsync(db, key, grainState.State, version, token)
                        : binding.InsertAsync(db, key, grainState.State, token));
                    AppendWords(db, state);
                    db.Changed.Add((binding.Kind, key));
                },
                CancellationToken.None);
        }
        catch (DbUpdateConcurrencyException exception)
        {
            throw await LostRaceAsync(binding, grainId, expected, exception);
        }
        catch (UniqueConstraintException exception) when (expected is null)
        {
            // The root row is there: two made it at once. Otherwise another constraint spoke, and the grain says what that means.
            var lost = await LostRaceAsync(binding, grainId, expected, exception);
            throw lost.StoredEtag is null ? exception : lost;
        }
        state.Written();
        (grainState.ETag, grainState.RecordExists) = (ETag((expected ?? 0) + 1), true);
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var binding = Bind<T>();
        if (Version(grainState.ETag) is { } expected)
        {
            try
            {
                await writer.WriteAsync(
                    async (db, token) =>
                    {
                        await binding.DeleteAsync(db, Key(grainId), expected, token);
                        db.Changed.Add((binding.Kind, Key(grainId)));
                    },
                    CancellationToken.None);
            }
            catch (DbUpdateConcurrencyException exception)
            {
                throw await LostRaceAsync(binding, grainId, expected, exception);
            }
        }
        (grainState.State, grainState.ETag, grainState.RecordExists) = (Activator.CreateInstance<T>(), null, false);
    }

    private static string Key(GrainId grainId) => grainId.Key.ToString()!;

    private static string ETag(long version) => version.ToString(CultureInfo.InvariantCulture);

    private static long? Version(string? etag) => etag is null ? null : long.Parse(etag, CultureInfo.InvariantCulture);

    private async Task<InconsistentStateException> LostRaceAsync<T>(IBinding<T> binding, GrainId grainId, long? expected, Exception cause)
    {
        var stored = await binding.LoadAsync(contexts, Key(grainId)) is { } found ? ETag(found.Version) : null;
        var read = expected is { } version ? ETag(version) : null;
        return new InconsistentStateException(
            $"Another writer changed {grainId} first: stored is version {stored ?? "none"}, read was {read ?? "none"}.", stored, read, cause);
    }

    private void AppendWords(SiloDbContext db, StoredState state)
    {
        var now = time.GetUtcNow();
        foreach (var message in state.Outbox)
        {
            EdgeLog.Append(db, message, now);
        }
        foreach (var entry in state.Audit)
        {
            db.Audit.Add(new AuditRow { At = now, Kind = entry.Kind, Who = entry.Who, What = entry.What, Tenant = entry.Tenant });
        }
        foreach (var entry in state.Issued)
        {
            db.Certificates.Add(new CertificateRow
            {
                Serial = entry.Serial,
                Identity = entry.Identity,
                PublicKeySha256 = [.. entry.PublicKeySha256],
                Issued = entry.Issued,
                NotAfter = entry.NotAfter,
            });
        }
    }

    // The interface of grain storage leaves the state's type open; mappers are for our own classes.
    private IBinding<T> Bind<T>() => typeof(StoredState).IsAssignableFrom(typeof(T))
        ? (IBinding<T>)services.GetRequiredService(typeof(Binding<>).MakeGenericType(typeof(T)))
        : throw new NotSupportedException($"{typeof(T).FullName} has no tables: state classes derive from {nameof(StoredState)} and have a mapper.");

    internal interface IBinding<T>
    {
        SubjectKind Kind { get; }

        Task<(T State, long Version)?> LoadAsync(SiloDbContext db, string key);

        Task InsertAsync(SiloDbContext db, string key, T state, CancellationToken cancellationToken);

        Task UpdateAsync(SiloDbContext db, string key, T state, long expected, CancellationToken cancellationToken);

        Task DeleteAsync(SiloDbContext db, string key, long expected, CancellationToken cancellationToken);

        async Task<(T State, long Version)?> LoadAsync(IDbContextFactory<SiloDbContext> contexts, string key)
        {
            await using var db = await contexts.CreateDbContextAsync();
            return await LoadAsync(db, key);
        }
    }

    internal sealed class Binding<T>(IStateMapper<T> mapper) : IBinding<T>
        where T : StoredState
    {
        public SubjectKind Kind => mapper.Kind;

        public Task<(T State, long Version)?> LoadAsync(SiloDbContext db, string key) => mapper.LoadAsync(db, key, CancellationToken.None);

        public Task InsertAsync(SiloDbContext db, string key, T state, CancellationToken cancellationToken) => mapper.InsertAsync(db, key, state, cancellationToken);

        public Task UpdateAsync(SiloDbContext db, string key, T state, long expected, CancellationToken cancellationToken) =>
            mapper.UpdateAsync(db, key, state, expected, cancellationToken);

        public Task DeleteAsync(SiloDbContext db, string key, long expected, CancellationToken cancellationToken) =>
            mapper.DeleteAsync(db, key, expected, cancellationToken);
    }
}
