// The seam between Python and the C index: mapping files, holding the GIL or not, and making Python objects.
//
// The GIL serialises changes, as the core asks for. A search that lets it go holds its own reference to the mapping,
// so that closing the index in another thread takes effect only after it.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>

#include "kindward_index.h"
#include "kindward_machine.h"

namespace nb = nanobind;
using namespace nb::literals;

using Hashes = nb::ndarray<const uint8_t, nb::shape<-1, KW_HASH_BYTES>, nb::c_contig, nb::device::cpu>;
using AnyHashes = nb::ndarray<const uint8_t, nb::shape<-1, KW_HASH_BYTES>, nb::device::cpu>;

namespace {

constexpr size_t kKeptMatches = 1 << 16;

// A search below this many entries is over before another thread could use the GIL.
constexpr uint64_t kGilFrom = 100'000;
constexpr uint64_t kGilFromScan = 5'000;

void check(kw_index_status status) {
  switch (status) {
    case KW_INDEX_OK: return;
    case KW_INDEX_NO_MEMORY: throw std::bad_alloc();
    case KW_INDEX_NOT_WRITTEN: throw nb::value_error("not_written");
    case KW_INDEX_STOPPED: throw nb::value_error("stopped");
    case KW_INDEX_FOREIGN: throw nb::value_error("foreign");
    case KW_INDEX_VERSION: throw nb::value_error("version");
    case KW_INDEX_DAMAGED: throw nb::value_error("damaged");
    case KW_INDEX_TOO_MANY: throw nb::value_error("too_many");
    case KW_INDEX_NO_SLOT: throw nb::index_error("there is no such slot");
    default: throw nb::value_error("unknown");
  }
}

unsigned checked_radius(int64_t radius) {
  if (radius < 0 || radius > KW_RADIUS_MOST) throw nb::value_error("radius must be between 0 and 256 bits");
  return unsigned(radius);
}

size_t checked_limit(int64_t limit) {
  if (limit < 0) throw nb::value_error("limit must not be negative");
  return size_t(limit);
}

const uint8_t *checked_hash(const nb::bytes &hash) {
  if (hash.size() != KW_HASH_BYTES) throw nb::value_error("a hash has 32 bytes");
  return reinterpret_cast<const uint8_t *>(hash.c_str());
}

int checked_machine(int machine) {
  if (!kw_machine_available(machine)) throw nb::value_error("this processor or build lacks that machine path");
  return machine;
}

// A file mapped read-only and shared, and the index over it.
class Base {
 public:
  Base(int file, int machine) {
    struct stat facts;
    if (fstat(file, &facts) != 0) raise_errno();
    size_ = size_t(facts.st_size);
    if (size_ == 0) check(KW_INDEX_FOREIGN);
    image_ = mmap(nullptr, size_, PROT_READ, MAP_SHARED, file, 0);
    if (image_ == MAP_FAILED) raise_errno();
    kw_index_status status = kw_index_open(static_cast<const uint8_t *>(image_), size_, machine, &index);
    if (status != KW_INDEX_OK) {
      munmap(image_, size_);
      check(status);
    }
  }
  Base(const Base &) = delete;
  Base &operator=(const Base &) = delete;
  ~Base() {
    kw_index_close(index);
    munmap(image_, size_);
  }
  void warm() const {
#ifdef MADV_POPULATE_READ
    (void)madvise(image_, size_, MADV_POPULATE_READ);
#endif
  }

  kw_index *index = nullptr;

 private:
  [[noreturn]] static void raise_errno() {
    PyErr_SetFromErrno(PyExc_OSError);
    throw nb::python_error();
  }
  void *image_ = nullptr;
  size_t size_ = 0;
};

// The memory for answers, kept per thread to spare an allocation per query. It is taken out while in use, because
// making Python objects can run finalisers, which may search as well.
class Answers : public kw_matches {
 public:
  explicit Answers(size_t limit_) : kw_matches{kept.release()} {
    limit = limit_;
    count = 0;
  }
  Answers(const Answers &) = delete;
  Answers &operator=(const Answers &) = delete;
  ~Answers() {
    if (capacity <= kKeptMatches && !kept.keys) kept.keep(*this);
    else kw_matches_free(this);
  }

 private:
  struct Kept : kw_matches {
    Kept() : kw_matches{} {}
    ~Kept() { kw_matches_free(this); }
    kw_matches release() {
      kw_matches taken = *this;
      static_cast<kw_matches &>(*this) = kw_matches{};
      return taken;
    }
    void keep(const kw_matches &matches) { static_cast<kw_matches &>(*this) = matches; }
  };
  static thread_local Kept kept;
};
thread_local Answers::Kept Answers::kept;

PyObject *pair(uint64_t key) {
  PyObject *result = PyTuple_New(2);
  PyObject *distance = PyLong_FromUnsignedLong(static_cast<unsigned long>(key >> 32));
  PyObject *slot = PyLong_FromUnsignedLong(static_cast<unsigned long>(key & 0xFFFFFFFFu));
  if (!result || !distance || !slot) {
    Py_XDECREF(result);
    Py_XDECREF(distance);
    Py_XDECREF(slot);
    throw nb::python_error();
  }
  PyTuple_SET_ITEM(result, 0, distance);
  PyTuple_SET_ITEM(result, 1, slot);
  return result;
}

nb::object pairs(const kw_matches &matches) {
  nb::object list = nb::steal(PyList_New(Py_ssize_t(matches.count)));
  if (!list.is_valid()) throw nb::python_error();
  for (size_t i = 0; i < matches.count; i++) PyList_SET_ITEM(list.ptr(), Py_ssize_t(i), pair(matches.keys[i]));
  return list;
}

template <class T>
nb::object array_of(T *values, size_t count) {
  nb::capsule owner(values, [](void *p) noexcept { delete[] static_cast<T *>(p); });
  size_t shape[1] = {count};
  return nb::cast(nb::ndarray<nb::numpy, T>(values, 1, shape, owner));
}

nb::tuple arrays(kw_answers &answers, size_t queries) {
  size_t found = queries ? size_t(answers.offsets[queries]) : 0;
  std::unique_ptr<int64_t[]> offsets(new int64_t[queries + 1]);
  std::unique_ptr<uint16_t[]> distances(new uint16_t[found + 1]);
  std::unique_ptr<uint32_t[]> slots(new uint32_t[found + 1]);
  for (size_t q = 0; q <= queries; q++) offsets[q] = int64_t(answers.offsets[q]);
  for (size_t i = 0; i < found; i++) {
    distances[i] = uint16_t(answers.keys[i] >> 32);
    slots[i] = uint32_t(answers.keys[i]);
  }
  kw_answers_free(&answers);
  return nb::make_tuple(array_of(offsets.release(), queries + 1), array_of(distances.release(), found),
                        array_of(slots.release(), found));
}

class Index {
 public:
  Index(int file, int machine) : base_(std::make_shared<Base>(file, checked_machine(machine))) {}

  nb::object search(const nb::bytes &query, int64_t radius, int64_t limit) const {
    Answers answers(checked_limit(limit));
    find(query, radius, answers);
    return pairs(answers);
  }

  nb::object nearest(const nb::bytes &query, int64_t radius) const {
    Answers answers(1);
    find(query, radius, answers);
    return answers.count ? nb::steal(pair(answers.keys[0])) : nb::none();
  }

  nb::tuple search_many(const AnyHashes &queries, int64_t radius, int64_t limit) const {
    size_t count = queries.shape(0);
    if (queries.stride(1) == 1 && (count <= 1 || queries.stride(0) == KW_HASH_BYTES))
      return many(queries.data(), count, radius, limit);
    std::unique_ptr<uint8_t[]> rows(new uint8_t[count * KW_HASH_BYTES]);
    for (size_t q = 0; q < count; q++)
      for (size_t b = 0; b < KW_HASH_BYTES; b++) rows[q * KW_HASH_BYTES + b] = queries(q, b);
    return many(rows.get(), count, radius, limit);
  }

  nb::tuple search_many_bytes(const nb::bytes &queries, int64_t radius, int64_t limit) const {
    if (queries.size() % KW_HASH_BYTES) throw nb::value_error("queries must be a multiple of 32 bytes");
    return many(reinterpret_cast<const uint8_t *>(queries.c_str()), queries.size() / KW_HASH_BYTES, radius, limit);
  }

  uint64_t add(const nb::bytes &hash) {
    uint64_t slot = 0;
    check(kw_index_add(opened(), checked_hash(hash), &slot));
    return slot;
  }
  void withdraw(uint64_t slot) { check(kw_index_withdraw(opened(), slot)); }
  void restore(uint64_t slot) { check(kw_index_restore(opened(), slot)); }
  bool is_withdrawn(uint64_t slot) const {
    if (!kw_index_hash(opened(), slot)) check(KW_INDEX_NO_SLOT);
    return kw_index_is_withdrawn(opened(), slot);
  }

  nb::object hash(uint64_t slot) const {
    const uint8_t *bytes = kw_index_hash(opened(), slot);
    if (!bytes) check(KW_INDEX_NO_SLOT);
    return nb::bytes(reinterpret_cast<const char *>(bytes), KW_HASH_BYTES);
  }
  nb::object slot_of(const nb::bytes &hash) const {
    int64_t slot = kw_index_slot_of(opened(), checked_hash(hash));
    return slot < 0 ? nb::object(nb::none()) : nb::object(nb::int_(slot));
  }

  size_t size() const {
    return size_t(kw_index_base(opened()) + kw_index_delta(opened()) - kw_index_withdrawn(opened()));
  }
  uint64_t size_base() const { return kw_index_base(opened()); }
  uint64_t size_delta() const { return kw_index_delta(opened()); }
  std::string layout() const { return kw_layout_name(kw_index_layout(opened())); }
  std::string machine() const { return kw_machine_name(kw_index_machine(opened())); }
  bool closed() const { return !base_; }
  void close() { base_.reset(); }

  void verify() const {
    std::shared_ptr<Base> base = held();
    kw_index_status status;
    {
      nb::gil_scoped_release released;
      status = kw_index_verify(base->index);
    }
    check(status);
  }
  void warm() const {
    std::shared_ptr<Base> base = held();
    nb::gil_scoped_release released;
    base->warm();
  }

 private:
  kw_index *opened() const {
    if (!base_) throw nb::value_error("the index is closed");
    return base_->index;
  }
  std::shared_ptr<Base> held() const {
    opened();
    return base_;
  }

  void find(const nb::bytes &query, int64_t radius, Answers &answers) const {
    const uint8_t *bytes = checked_hash(query);
    unsigned within = checked_radius(radius);
    kw_index *index = opened();
    kw_index_status status;
    uint64_t entries = kw_index_base(index) + kw_index_delta(index);
    if (entries < (within <= KW_RADIUS_BANDED ? kGilFrom : kGilFromScan)) {
      status = kw_index_search(index, bytes, within, &answers);
    } else {
      std::shared_ptr<Base> base = base_;
      nb::gil_scoped_release released;
      status = kw_index_search(index, bytes, within, &answers);
    }
    check(status);
  }

  nb::tuple many(const uint8_t *queries, size_t count, int64_t radius, int64_t limit) const {
    unsigned within = checked_radius(radius);
    size_t most = checked_limit(limit);
    std::shared_ptr<Base> base = held();
    kw_answers answers;
    kw_index_status status;
    {
      nb::gil_scoped_release released;
      status = kw_index_search_many(base->index, queries, count, within, most, &answers);
    }
    check(status);
    return arrays(answers, count);
  }

  std::shared_ptr<Base> base_;
};

// Writes to a file and reports to a Python callable; an exception there stops the build and is raised after it.
struct Target {
  int file;
  nb::object progress;
  std::unique_ptr<nb::python_error> raised;
};

int write_all(void *to, uint64_t offset, const void *bytes, size_t size) {
  auto *from = static_cast<const uint8_t *>(bytes);
  while (size) {
    ssize_t wrote = pwrite(static_cast<Target *>(to)->file, from, size, off_t(offset));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return 1;
    from += wrote;
    offset += uint64_t(wrote);
    size -= size_t(wrote);
  }
  return 0;
}

int report(void *to, double done) {
  auto *target = static_cast<Target *>(to);
  nb::gil_scoped_acquire acquired;
  try {
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    if (!target->progress.is_none()) target->progress(done);
    return 0;
  } catch (nb::python_error &error) {
    target->raised = std::make_unique<nb::python_error>(std::move(error));
    return 1;
  }
}

uint64_t build(int file, const Hashes &hashes, int layout, nb::object progress) {
  Target target{file, std::move(progress), nullptr};
  kw_index_writer writer{write_all, report, &target};
  uint64_t unique = 0;
  kw_index_status status;
  int error;
  {
    nb::gil_scoped_release released;
    status = kw_index_build(hashes.data(), hashes.shape(0), layout, &writer, &unique);
    error = errno;
  }
  if (target.raised) throw std::move(*target.raised);
  if (status == KW_INDEX_NOT_WRITTEN) {
    errno = error;
    PyErr_SetFromErrno(PyExc_OSError);
    throw nb::python_error();
  }
  check(status);
  return unique;
}

nb::object scan(const Hashes &hashes, const nb::bytes &query, int64_t radius, int64_t limit, int machine) {
  const uint8_t *bytes = checked_hash(query);
  unsigned within = checked_radius(radius);
  Answers answers(checked_limit(limit));
  checked_machine(machine);
  kw_index_status status;
  {
    nb::gil_scoped_release released;
    status = kw_hamming_scan(hashes.data(), hashes.shape(0), bytes, within, machine, &answers);
  }
  check(status);
  return pairs(answers);
}

}  // namespace

constexpr auto kSearchDoc =
    "Find the entries within a radius of the query, best first.\n\n"
    "query is one hash of 32 bytes, radius 0 to 256 bits; above 31 every entry is compared. Gives at most limit\n"
    "pairs (distance, slot), always the best ones, ties by slot. Exact: equal to comparing with every entry.";
constexpr auto kSearchManyDoc =
    "Find the entries near each of many queries; the same answers as search, cheaper per query.\n\n"
    "queries are contiguous unsigned bytes of shape (Q, 32), or bytes of 32 a query. Gives three arrays: the answers\n"
    "of query q are distances and slots at offsets[q] to offsets[q + 1]. From some hundred queries on the file is\n"
    "read once for all of them, so a batch of thousands costs a fraction per query.";

NB_MODULE(_index, m) {
  // Objects that still live when the interpreter ends are no leak, and users should not read that they are.
  nb::set_leak_warnings(false);
  nb::class_<Index>(m, "Index")
      .def(nb::init<int, int>(), "file"_a, "machine"_a)
      .def("search", &Index::search, "query"_a, "radius"_a = KW_RADIUS_BANDED, "limit"_a = 1000, kSearchDoc)
      .def("nearest", &Index::nearest, "query"_a, "radius"_a = KW_RADIUS_BANDED,
           "Give the best match as (distance, slot), or None if nothing is within the radius.")
      .def("search_many", &Index::search_many_bytes, "queries"_a, "radius"_a = KW_RADIUS_BANDED, "limit"_a = 1000,
           kSearchManyDoc)
      .def("search_many", &Index::search_many, "queries"_a.noconvert(), "radius"_a = KW_RADIUS_BANDED,
           "limit"_a = 1000, kSearchManyDoc)
      .def("add", &Index::add, "value"_a,
           "Make a hash known from the next query on and give its slot.\n\n"
           "A known hash keeps its slot; if it was withdrawn, it is found again.")
      .def("withdraw", &Index::withdraw, "slot"_a,
           "Stop finding an entry, from the next query on; IndexError if there is no such slot.")
      .def("restore", &Index::restore, "slot"_a, "Undo a withdrawal; IndexError if there is no such slot.")
      .def("is_withdrawn", &Index::is_withdrawn, "slot"_a,
           "Say whether an entry is withdrawn; IndexError if there is no such slot.")
      .def("hash", &Index::hash, "slot"_a,
           "Give the 32 bytes of an entry, also of a withdrawn one; IndexError if there is no such slot.")
      .def("slot_of", &Index::slot_of, "value"_a,
           "Give the slot of exactly this hash, withdrawn or not, or None if it is unknown.")
      .def("verify", &Index::verify,
           "Read the whole file and compare its checksums; ValueError('damaged') if they differ.")
      .def("warm", &Index::warm,
           "Have the whole file mapped now, so that no query waits for the disk or for page faults.")
      .def("close", &Index::close,
           "Let go of the file. A search that runs in another thread ends undisturbed; answers stay valid.")
      .def("__len__", &Index::size)
      .def_prop_ro("size_base", &Index::size_base, "How many entries the file has; later slots were added.")
      .def_prop_ro("size_delta", &Index::size_delta, "How many entries were added since opening.")
      .def_prop_ro("layout", &Index::layout, "How the file is organised: one of LAYOUTS.")
      .def_prop_ro("machine", &Index::machine, "Which machine path searches: one of MACHINES.")
      .def_prop_ro("closed", &Index::closed, "Whether close was called.");
  m.def("build", &build, "file"_a, "hashes"_a.noconvert(), "layout"_a, "progress"_a.none());
  m.def("scan", &scan, "hashes"_a.noconvert(), "query"_a, "radius"_a, "limit"_a, "machine"_a);
  m.def("machine_available", [](int machine) { return kw_machine_available(machine) != 0; }, "machine"_a);
  m.def("machine_best", [] { return int(kw_machine_best()); });
}
