using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Headgate.Silo.Storage.Mapping;

internal static class RowExtensions
{
    /// <summary>Writes a root row without reading it first, on the condition that the stored version is <paramref name="expected"/>.</summary>
    public static void UpdateRoot<TRow>(this SiloDbContext db, TRow row, long expected)
        where TRow : class
    {
        var entry = db.Update(row);
        entry.Property<long>("Version").OriginalValue = expected;
    }

    /// <summary>Removes a root row on the condition that the stored version is <paramref name="expected"/>.</summary>
    public static void DeleteRoot<TRow>(this SiloDbContext db, TRow row, long expected)
        where TRow : class
    {
        var entry = db.Remove(row);
        entry.Property<long>("Version").OriginalValue = expected;
    }

    /// <summary>
    /// Makes the child rows <paramref name="stored"/> say what <paramref name="wanted"/> says: equal keys are compared column by column, the others added or removed.
    /// </summary>
    public static async Task ReconcileAsync<TRow>(
        this SiloDbContext db, IQueryable<TRow> stored, IEnumerable<TRow> wanted, CancellationToken cancellationToken)
        where TRow : class
    {
        var key = db.Model.FindEntityType(typeof(TRow))!.FindPrimaryKey()!;
        var rows = await stored.AsTracking().ToListAsync(cancellationToken);
        var left = rows.ToDictionary(row => KeyOf(key, row));
        foreach (var row in wanted)
        {
            if (left.Remove(KeyOf(key, row), out var known))
            {
                db.Entry(known).CurrentValues.SetValues(row);
            }
            else
            {
                db.Add(row);
            }
        }
        db.RemoveRange(left.Values);
    }

    private static string KeyOf(IKey key, object row) => string.Join('\n', key.Properties.Select(property => property.GetGetter().GetClrValue(row) switch
    {
        byte[] bytes => Convert.ToHexString(bytes),
        var value => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture),
    }));
}
