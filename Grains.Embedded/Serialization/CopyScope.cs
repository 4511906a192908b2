namespace Orleans.Serialization;

/// <summary>One deep copy: an object that is reached twice is copied once.</summary>
internal sealed class CopyScope
{
    private Dictionary<object, object>? _copies;

    internal object? Copy(object? original)
    {
        if (original is null || Copier.PlanOf(original.GetType()) is not { } copy)
        {
            return original;
        }

        return _copies is not null && _copies.TryGetValue(original, out var known) ? known : copy(original, this);
    }

    internal T Item<T>(T item) => item is null || Passed<T>.Always ? item : (T)Copy(item)!;

    /// <summary>Told before an object's parts are copied, so that they can refer back to it.</summary>
    internal T Remember<T>(object original, T copy)
        where T : class
    {
        (_copies ??= new(ReferenceEqualityComparer.Instance)).Add(original, copy);
        return copy;
    }

    private static class Passed<T>
    {
        internal static readonly bool Always = Copier.IsImmutable(typeof(T));
    }
}
