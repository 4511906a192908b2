using System.Diagnostics.Metrics;
using Headgate.Grains;
using Headgate.Silo.Storage;
using Headgate.Silo.Tests.Grains;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Storage;

/// <summary>Numbers that others follow, with several silos on one database; and what works that wait together cost.</summary>
public sealed class OrderTests
{
    private const int Writes = 300;

    [Fact]
    public async Task Numbers_WhenSeveralSilosWrite_AreSeenInTheirOrder()
    {
        await using var one = await Database.OpenAsync();
        await using var two = await one.BesideAsync();
        await using var three = await one.BesideAsync();
        var writing = Task.WhenAll(new[] { one, two, three }.SelectMany((silo, number) => Enumerable.Range(0, Writes).Select(write => Task.Run(() => silo.Writer.WriteAsync(
            async (db, token) =>
            {
                db.EdgeLog.Add(new() { Audience = "nobody", Kind = "test", Payload = $"{number}/{write}", At = default });
                db.Changed.Add((SubjectKind.Tenant, $"{number}-{write}"));
                // The number is drawn; another silo would draw the next and commit first, if it could.
                await db.SaveChangesAsync(token);
                await Task.Yield();
            },
            default)))));

        // A follower that never looks back misses nothing.
        var (events, changes) = (new List<string>(), new List<string>());
        var (lastEvent, lastChange) = (0L, 0L);
        for (var last = false; ;)
        {
            var done = writing.IsCompleted;
            await using (var db = one.Read())
            {
                foreach (var row in await db.EdgeLog.Where(row => row.Sequence > lastEvent).OrderBy(row => row.Sequence).ToListAsync())
                {
                    lastEvent = row.Sequence;
                    events.Add(row.Payload);
                }

                foreach (var row in await db.Changes.Where(row => row.Sequence > lastChange).OrderBy(row => row.Sequence).ToListAsync())
                {
                    lastChange = row.Sequence;
                    changes.Add(row.Key);
                }
            }

            if (last)
            {
                break;
            }

            last = done;
        }

        await writing;
        Assert.Equal(3 * Writes, events.Distinct().Count());
        Assert.Equal(3 * Writes, changes.Distinct().Count());
    }

    [Fact]
    public async Task Works_WhenTheyWaitTogether_AreFlushedTogether()
    {
        await using var silo = await SiloWorld.StartAsync();
        var (commits, batches) = (0L, new List<int>());
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == StorageMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, silo.Services.GetService(typeof(IMeterFactory))))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Interlocked.Add(ref commits, instrument.Name == "headgate.silo.storage.commits" ? value : 0));
        listener.SetMeasurementEventCallback<int>((_, value, _, _) =>
        {
            lock (batches)
            {
                batches.Add(value);
            }
        });
        listener.Start();
        var writer = silo.Services.GetRequiredService<ISiloWriter>();

        // The first holds the transaction until the others wait.
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = writer.WriteAsync(
            async (_, _) =>
            {
                begun.TrySetResult();
                await gate.Task;
            },
            default);
        await begun.Task;
        var others = Enumerable.Range(0, 128)
            .Select(number => writer.WriteAsync((db, _) => { db.Secrets.Add(new() { Name = $"n{number}", Ciphertext = [] }); return Task.CompletedTask; }, default))
            .ToArray();
        gate.SetResult();
        await Task.WhenAll([first, .. others]);

        Assert.Equal(2, Interlocked.Read(ref commits));
        lock (batches)
        {
            Assert.Equal([1, 128], batches);
        }

        await using var db = silo.Read();
        Assert.Equal(128, await db.Secrets.CountAsync());
    }
}
