namespace Headgate.Portal;

/// <summary>What is wrong with a form: every field at once, and what is wrong with the whole. Used on its circuit only.</summary>
public sealed class Faults
{
    private readonly Dictionary<string, List<string>> _byField = new(StringComparer.Ordinal);

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsEmpty => _byField.Count == 0 && Whole is null;

    /// <summary>What is wrong with no field in particular, or null.</summary>
    public string? Whole { get; private set; }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _byField.Clear();
        Whole = null;
    }

    /// <summary>What is wrong with a field.</summary>
    public IReadOnlyList<string> Of(string field) => _byField.TryGetValue(field, out var sentences) ? sentences : [];

    /// <summary>Says what is wrong with a field.</summary>
    public void Add(string field, string sentence)
    {
        if (!_byField.TryGetValue(field, out var sentences))
        {
            _byField[field] = sentences = [];
        }

        sentences.Add(sentence);
    }

    /// <summary>Adds <paramref name="sentence"/> unless <paramref name="isRight"/>.</summary>
    public void Check(string field, bool isRight, string sentence)
    {
        if (!isRight)
        {
            Add(field, sentence);
        }
    }

    /// <summary>Takes a refusal: beside the field that it names (<c>field: what is wrong</c>) when it is one of <paramref name="fields"/>, above the form otherwise.</summary>
    public void Take(string sentence, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            if (sentence.StartsWith(field + ": ", StringComparison.Ordinal))
            {
                var rest = sentence[(field.Length + 2)..];
                Add(field, char.ToUpperInvariant(rest[0]) + rest[1..]);
                return;
            }
        }

        Whole = sentence;
    }
}
